// A question whose answer has not come is kept for this tab. If the page is loaded anew before, it is asked again, after
// the conversation that it was asked in. Each tab has a storage of its own, so that no other tab asks it too.
const MOST_TRIES = 3; // then its text goes into the box: the question itself may be what breaks the page
const pendingKey = () => `${namePrefix()}pending`;
// What was shown when it was sent, how often it was asked again, and whether the server has begun with it.
let pending = null;
let resumed = false;

function readPending() {
  let found = null;
  try { found = JSON.parse(sessionStorage.getItem(pendingKey())); } catch { /* locked or damaged: nothing is kept */ }
  return isText(found?.question) && found.question.trim() ? found : null;
}

function storePending(kept) {
  try {
    if (kept) sessionStorage.setItem(pendingKey(), JSON.stringify(kept));
    else sessionStorage.removeItem(pendingKey());
  } catch { /* then it is not asked again */ }
}

const shownIn = (log) => `${all(".turn", log).length} ${find(":scope > .failure", log)?.textContent ?? ""}`;

// As it is sent: the server may be busy, and say only later that it has begun.
function noteAsked(question, alone) {
  const log = find("#conversation .log");
  if (!question.trim() || !log || "pending" in log.dataset || "replays" in log.dataset) return;
  pending = { shown: shownIn(log), tries: 0, begun: false };
  storePending({ question, alone, askedOf: "", about: [], id: keptId() ?? "", tries: 0 });
}

function keepPending(log) {
  if (!resumed && find("#kept-open")) {
    resumed = true;
    resume(log);
  } else if ("pending" in log.dataset) {
    pending = { tries: pending?.tries ?? 0, begun: true };
    storePending({ ...JSON.parse(log.dataset.pending), id: keptId() ?? "", tries: pending.tries });
  } else if (pending && "replays" in log.dataset) {
    pending.begun = true;
  } else if (pending && (pending.begun || pending.shown !== shownIn(log))) {
    // Answered, stopped, cleared or refused.
    const { question } = readPending() ?? {};
    const wasAsked = all(".asked", log).at(-1)?.textContent === question;
    if (pending.tries && question && !wasAsked && !find("#box textarea").value) type(question);
    pending = null;
    storePending(null);
  }
}

function resume(log) {
  const found = readPending();
  if (!found) return;
  if (!(found.tries < MOST_TRIES)) {
    storePending(null);
    return type(found.question);
  }
  const tries = found.tries + 1;
  const before = conversation(found.id) ?? { id: newId(), questions: [], askedOf: [], alone: [], about: [] };
  // One without an entry was asked alone, or of all.
  const alone = before.questions.map((_, place) => before.alone[place] === true);
  pending = { shown: shownIn(log), tries, begun: false };
  storePending({ ...found, tries });
  applyKept({
    id: before.id,
    questions: [...before.questions, found.question],
    askedOf: [...before.askedOf, found.askedOf || (before.askedOf.at(-1) ?? "all")],
    alone: [...alone, found.alone === true],
    about: [...before.about, ...(Array.isArray(found.about) ? found.about : [])],
  });
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches?.("#box textarea"))
    noteAsked(event.target.value, false);
}, true);
document.addEventListener("click", ({ target }) => {
  if (target.closest?.("#box .submit-button")) noteAsked(find("#box textarea").value, false);
}, true);
