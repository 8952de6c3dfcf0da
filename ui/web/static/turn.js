// The question box, and stopping a question.
function type(text) {
  const box = find("#box textarea");
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
}

// To be typed anew as a whole, or, `changed` here and there, from its end on.
function edit(question, isChanged) {
  type(question);
  const box = find("#box textarea");
  if (isChanged) {
    box.setSelectionRange(question.length, question.length);
    box.scrollTop = box.scrollHeight;
  } else box.select();
}

// Only the sentence's first words: with the whole sentence in it, any question looks answered by that sentence.
const LEAD_CHARACTERS = 40;
let lead = ""; // what the script last put at the beginning of the box
function askAbout(sentence) {
  const text = sentence.textContent.replace(/\s+/g, " ").trim();
  const cut = text.slice(0, LEAD_CHARACTERS + 1);
  const begun = text.length <= LEAD_CHARACTERS ? text : `${cut.slice(0, cut.lastIndexOf(" ") + 1 || LEAD_CHARACTERS).trim()} …`;
  const typed = find("#box textarea").value;
  const rest = lead && typed.startsWith(lead) ? typed.slice(lead.length) : typed;
  lead = words().aboutSentence.replace("{sentence}", () => begun.replace(/^[„“”»«"]+/, ""));
  type(lead + rest);
}

function stop() {
  send("stop", {});
  find("#box textarea").focus();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches?.("#box textarea") && find("#conversation .stop")) stop();
});

// An answer for the clipboard.
async function copy(button) {
  const { copy: content, format } = button.dataset;
  // Without a secure context (another machine, plain HTTP) there is no clipboard but the selection's.
  if (!navigator.clipboard) copySelected(content);
  else if (format === "html" && window.ClipboardItem) {
    const as = (type) => new Blob([content], { type });
    await navigator.clipboard.write([new ClipboardItem({ "text/html": as("text/html"), "text/plain": as("text/plain") })]);
  } else await navigator.clipboard.writeText(content);
  const label = button.textContent;
  button.textContent = words().copied;
  setTimeout(() => { button.textContent = label; }, 1500);
}

function copySelected(content) {
  const box = element("textarea", "unseen");
  box.value = content;
  document.body.append(box);
  box.select();
  document.execCommand("copy");
  box.remove();
}

// Below an answer: thumbs and a note. What the user opened or typed stays when Gradio renders the log again.
const opened = new Set(); // ids of the turns whose unused sentences are open
const drafts = new Map(); // id of a turn → the note that is being written
let writing = ""; // the id of the turn whose note has the focus
const turnOf = (part) => part.closest(".after").dataset.turn;

// For screen readers; the visible text stands beside the thumbs.
const said = element("div", "unseen", "");
said.setAttribute("role", "status");

function press(thumb) {
  const rating = thumb.closest(".rating");
  const verdict = thumb.ariaPressed === "true" ? null : thumb.dataset.verdict;
  showVerdict(rating, verdict);
  // The saved note: the form's own button saves a note that is being written.
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

// The click is noted, not the toggle: Gradio toggles it too.
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
