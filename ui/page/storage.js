// What the browser keeps: a few words, and conversations. Storage may be locked, full, or hold what another wrote.
const stored = {
  get(name) {
    try { return localStorage.getItem(name); } catch { return null; }
  },
  set(name, value) {
    try { localStorage.setItem(name, value); } catch { return false; }
    return true;
  },
  remove(name) {
    try { localStorage.removeItem(name); } catch { /* then there is nothing to remove */ }
  },
  names() {
    try { return Object.keys(localStorage); } catch { return []; }
  },
};

// Each under a name of its own, so that two tabs write to different places and a damaged one costs only itself.
const CONVERSATION = "beleg-conversation-";
const VERSION = 1;
const MOST_CONVERSATIONS = 200;
const ID = /^[0-9a-f]{32}$/; // as the server gives them
const isText = (value) => typeof value === "string";

function conversation(id) {
  let found = null;
  try { found = JSON.parse(stored.get(CONVERSATION + id)); } catch { /* damaged: as if it were not there */ }
  const whole = ID.test(id) && found?.version === VERSION && isText(found.name) && Number.isFinite(found.used) &&
    Array.isArray(found.questions) && found.questions.length > 0 && found.questions.every(isText) &&
    Array.isArray(found.askedOf) && found.askedOf.every(isText) &&
    Array.isArray(found.about) && found.about.every((one) => isText(one?.id) && isText(one.title));
  return whole ? { ...found, id } : null;
}

// All, the last used first.
const conversations = () => stored.names()
  .filter((name) => name.startsWith(CONVERSATION))
  .map((name) => conversation(name.slice(CONVERSATION.length)))
  .filter(Boolean)
  .sort((one, other) => other.used - one.used);

// Returns whether it is kept.
function storeConversation({ id, ...kept }) {
  const done = stored.set(CONVERSATION + id, JSON.stringify({ ...kept, version: VERSION }));
  for (const old of conversations().slice(MOST_CONVERSATIONS)) forgetConversation(old.id);
  return done;
}

const forgetConversation = (id) => stored.remove(CONVERSATION + id);
