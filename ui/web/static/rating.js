// Below an answer: thumbs and a note. What the reader opened or typed there stays when Gradio renders it anew.
const opened = new Set(); // the turns, by id, whose further sentences are open
const drafts = new Map(); // id of a turn → the note that is being written
let writing = ""; // the turn, by id, whose note has the focus
const turnOf = (part) => part.closest(".after").dataset.turn;

// What a screen reader is told; what is seen stands beside the thumbs.
const said = element("div", "unseen", "");
said.setAttribute("role", "status");

function press(thumb) {
  const rating = thumb.closest(".rating");
  const verdict = thumb.ariaPressed === "true" ? null : thumb.dataset.verdict;
  showVerdict(rating, verdict);
  // The note as it was saved; one that is being written is saved by its own button.
  rate(rating, find("textarea", rating).defaultValue);
}

function showVerdict(rating, verdict) {
  for (const one of all(".thumb", rating)) one.ariaPressed = String(one.dataset.verdict === verdict);
  find(".opener", rating).hidden = !verdict;
  if (!verdict) openNote(rating, false);
}

function rate(rating, note) {
  const verdict = find('.thumb[aria-pressed="true"]', rating)?.dataset.verdict ?? null;
  send("like", { turn: turnOf(rating), verdict, note });
  keepStill();
}

function openNote(rating, shows) {
  const form = find(".note", rating);
  form.hidden = !shows;
  find(".opener", rating).ariaExpanded = String(shows);
  if (shows) {
    drafts.set(turnOf(rating), find("textarea", form).value);
    find("textarea", form).focus();
    form.scrollIntoView({ block: "nearest" });
  } else drafts.delete(turnOf(rating));
  keepStill();
}

function restore() {
  for (const details of all("#conversation .unused")) details.open = opened.has(turnOf(details));
  for (const form of all("#conversation .note[hidden]")) {
    const turn = turnOf(form);
    // In a conversation that was opened again, a note waits for its thumb.
    if (!drafts.has(turn) || find(".opener", form.closest(".rating")).hidden) continue;
    const box = find("textarea", form);
    box.value = drafts.get(turn);
    form.hidden = false;
    find(".opener", form.closest(".rating")).ariaExpanded = "true";
    if (writing === turn && document.activeElement === document.body) box.focus();
  }
  for (const kept of all("#saved [data-turn]")) {
    said.textContent = kept.textContent;
    const rating = find(`#conversation .after[data-turn="${CSS.escape(kept.dataset.turn)}"] .rating`);
    kept.remove();
    if (!rating) continue;
    showVerdict(rating, kept.dataset.verdict);
    rating.dataset.saved = said.textContent;
    keepStill();
    setTimeout(() => { said.textContent = ""; delete rating.dataset.saved; keepStill(); }, 2000);
  }
}

// By the click, and not by what it does: Gradio closes and opens it too.
document.addEventListener("click", ({ target }) => {
  const details = target.closest("#conversation .unused > summary")?.parentElement;
  if (details) opened[details.open ? "delete" : "add"](turnOf(details));
});
document.addEventListener("toggle", ({ target }) => target.matches?.("#conversation details") && keepStill(), true);
document.addEventListener("input", ({ target }) => {
  if (target.matches("#conversation .note textarea")) drafts.set(turnOf(target), target.value);
});
document.addEventListener("focusin", ({ target }) => {
  writing = target.matches("#conversation .note textarea") ? turnOf(target) : "";
});
document.addEventListener("submit", (event) => {
  const form = event.target.closest("#conversation .note");
  if (!form) return;
  event.preventDefault();
  const rating = form.closest(".rating");
  const box = find("textarea", form);
  box.defaultValue = box.value;
  openNote(rating, false);
  rate(rating, box.value);
  find(".opener", rating).focus();
});
document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("#conversation .note textarea")) return;
  const rating = event.target.closest(".rating");
  if (event.key === "Escape") {
    openNote(rating, false);
    find(".opener", rating).focus();
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit();
});
