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

// Each under a name of its own, so that a damaged one costs only itself; with the user's, where one is logged in: who
// logs in next in this browser does not see it. Known only once the menu's button is there.
function namePrefix() {
  const user = find("#kept-open")?.dataset.user;
  return `beleg-conversation-${user ? `${encodeURIComponent(user)}-` : ""}`;
}
const VERSION = 1;
const MOST_CONVERSATIONS = 200;
const ID = /^[0-9a-f]{32}$/; // as the server gives them
const newId = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const isText = (value) => typeof value === "string";

function conversation(id) {
  let found = null;
  try { found = JSON.parse(stored.get(namePrefix() + id)); } catch { /* damaged: as if it were not there */ }
  const whole = ID.test(id) && found?.version === VERSION && isText(found.name) && Number.isFinite(found.used) &&
    Array.isArray(found.questions) && found.questions.length > 0 && found.questions.every(isText) &&
    Array.isArray(found.askedOf) && found.askedOf.every(isText) &&
    Array.isArray(found.about) && found.about.every((one) => isText(one?.id) && isText(one.title));
  return whole ? { ...found, id } : null;
}

// All of this user, the last used first. What follows the prefix is no id where it is another's.
function conversations() {
  const prefix = namePrefix();
  return stored.names()
    .filter((name) => name.startsWith(prefix))
    .map((name) => conversation(name.slice(prefix.length)))
    .filter(Boolean)
    .sort((one, other) => other.used - one.used);
}

// Returns whether it is kept.
function storeConversation({ id, ...kept }) {
  const done = stored.set(namePrefix() + id, JSON.stringify({ ...kept, version: VERSION }));
  for (const old of conversations().slice(MOST_CONVERSATIONS)) forgetConversation(old.id);
  return done;
}

const forgetConversation = (id) => stored.remove(namePrefix() + id);
