// The browser's storage, which holds settings and conversations. It may be locked, full, or changed by others.
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

// Each conversation has a name of its own, so that a damaged one does not damage the others. The name contains the user
// who is logged in, so that the next user of this browser does not see it. The menu's button tells the user.
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
  // Beleg 0.1 kept nothing of `alone`.
  return whole ? { ...found, alone: Array.isArray(found.alone) ? found.alone : [], id } : null;
}

// All conversations of this user, the last used first. For another user's, the rest of the name is no id.
function conversations() {
  const prefix = namePrefix();
  return stored.names()
    .filter((name) => name.startsWith(prefix))
    .map((name) => conversation(name.slice(prefix.length)))
    .filter(Boolean)
    .sort((one, other) => other.used - one.used);
}

// Returns whether the conversation was stored.
function storeConversation({ id, ...kept }) {
  const done = stored.set(namePrefix() + id, JSON.stringify({ ...kept, version: VERSION }));
  for (const old of conversations().slice(MOST_CONVERSATIONS)) forgetConversation(old.id);
  return done;
}

const forgetConversation = (id) => stored.remove(namePrefix() + id);

// The menu of the conversations that this browser keeps.
const NAME_CHARACTERS = 60;
const keptMenu = element("div", "");
keptMenu.id = "kept-menu";
keptMenu.popover = "auto"; // closes by Escape and by a click elsewhere, and gives the focus back
keptMenu.setAttribute("role", "dialog");

const keptOpener = () => find("#kept-open");
const keptWord = (word, filled = {}) =>
  (keptOpener()?.dataset[word] ?? "").replace(/\{(\w+)\}/g, (all, name) => filled[name] ?? all);

// The server's id of a conversation → the id that it is stored under. They differ where another tab continued the same
// conversation.
const storedUnder = new Map();
const keptId = () => storedUnder.get(words().kept) ?? words().kept;
const MOST_QUESTIONS = 200; // of a longer conversation the server sends the last ones

const begins = (some, whole) => some.length <= whole.length && some.every((one, n) => one === whole[n]);
function goesOn(ours, theirs) {
  const mayLack = ours.length < MOST_QUESTIONS ? 0 : theirs.length - 1;
  return theirs.some((_, lacks) => lacks <= mayLack && begins(theirs.slice(lacks), ours));
}

// Stores the conversation that the log describes, whenever it has changed.
let keptLast = "";
let keeps = true;
function keep() {
  offerExport();
  const { kept, asked, askedOf, alone, about } = words();
  if (!kept || keptLast === kept + asked) return;
  keptLast = kept + asked;
  const questions = JSON.parse(asked);
  const there = conversation(keptId());
  if (there && !goesOn(questions, there.questions)) {
    if (begins(questions, there.questions)) return; // another tab has asked more since this one opened it
    storedUnder.set(kept, newId());
  }
  const name = there?.name ?? shortName(questions[0]);
  keeps = storeConversation({
    id: keptId(), name, used: Date.now(), questions,
    askedOf: JSON.parse(askedOf), alone: JSON.parse(alone), about: JSON.parse(about) });
  if (keptMenu.matches(":popover-open")) drawKept();
}

function shortName(text) {
  const line = text.trim().replace(/\s+/g, " ");
  if ([...line].length <= NAME_CHARACTERS) return line;
  const cut = [...line].slice(0, NAME_CHARACTERS - 1).join("");
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), NAME_CHARACTERS / 2))}…`;
}

function keptButton(className, text, act, label) {
  const made = element("button", className, text);
  made.type = "button";
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

// The server sends the file to this page only, which saves it.
const exporterOf = (className, as) => keptButton(className, "", () => keptOpener().dispatchEvent(new CustomEvent("beleg-download", {
  bubbles: true, detail: { name: conversation(keptId())?.name ?? "", as } })));
const exporter = exporterOf("export", "proof");
const others = [exporterOf("export-pages", "pages"), exporterOf("export-markdown", "markdown")];
function offerExport() {
  exporter.disabled = !find("#conversation .turn :is(.answer:not(.forming), .abstention)");
  exporter.textContent = keptWord(exporter.disabled ? "nothing" : "export");
  others[0].textContent = keptWord("exportPages");
  others[1].textContent = keptWord("exportMarkdown");
  // Pictures are offered where something on a page is cited.
  others[0].hidden = exporter.disabled || !find("#conversation .marker[data-boxes]");
  others[1].hidden = exporter.disabled;
}

function drawKept() {
  const heading = element("h2", "", keptWord("heading"));
  heading.id = "kept-heading";
  keptMenu.setAttribute("aria-labelledby", heading.id);
  keptMenu.lang = document.documentElement.lang;
  const kept = conversations();
  const list = element("ul", "");
  list.append(...kept.map(keptRow));
  offerExport();
  keptMenu.replaceChildren(heading, element("p", "note", keptWord("note")), exporter, ...others);
  if (!keeps) keptMenu.append(element("p", "warning", keptWord("full")));
  keptMenu.append(kept.length ? list : element("p", "none", keptWord("none")));
}

function keptRow(one) {
  const { id, name, used, questions } = one;
  const line = element("li", "");
  const opens = keptButton("open", "", () => openKept(id));
  const count = questions.length === 1 ? keptWord("one") : keptWord("several", { n: questions.length });
  const when = new Date(used).toLocaleString(keptMenu.lang, { dateStyle: "medium", timeStyle: "short" });
  const title = element("span", "title", name);
  title.dir = "auto";
  opens.append(title, element("span", "when", `${when} · ${count}`));
  if (id === keptId()) opens.setAttribute("aria-current", "true");
  line.append(
    opens,
    keptButton("rename", "✎", () => renameKept(line, one), keptWord("rename", { name })),
    keptButton("remove", "×", () => removeKept(line, one), keptWord("remove", { name })));
  return line;
}

const applyKept = (detail) => keptOpener().dispatchEvent(new CustomEvent("beleg-apply", { bubbles: true, detail }));

function openKept(id) {
  const one = conversation(id);
  keptMenu.hidePopover();
  if (!one) return; // another tab has deleted it
  storedUnder.delete(id); // from here on, what the server calls so is that one again
  applyKept(one);
  if (matchMedia("(hover: hover)").matches) find("#box textarea").focus();
}

function renameKept(line, { id, name }) {
  const field = element("input", "");
  field.value = name;
  field.maxLength = 2 * NAME_CHARACTERS;
  field.setAttribute("aria-label", keptWord("name"));
  let ended = false; // taking the field away blurs it
  const end = (value) => {
    if (ended) return;
    ended = true;
    const now = conversation(id);
    if (now && value.trim()) keeps = storeConversation({ ...now, name: value.trim() });
    const again = now ? keptRow(conversation(id)) : null;
    const focused = document.activeElement === field;
    if (again) line.replaceWith(again);
    else line.remove();
    if (again && focused) find(".rename", again).focus();
  };
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault(); // Escape would close the menu
    event.stopPropagation();
    end(event.key === "Enter" ? field.value : "");
  });
  field.addEventListener("blur", () => end(field.value));
  line.replaceChildren(field);
  field.focus();
  field.select();
}

function removeKept(line, one) {
  forgetConversation(one.id);
  const says = element("span", "removed", keptWord("removed", { name: one.name }));
  says.setAttribute("role", "status");
  const undo = keptButton("undo", keptWord("undo"), () => {
    keeps = storeConversation(one);
    const again = keptRow(one);
    line.replaceWith(again);
    find(".open", again).focus();
  });
  line.replaceChildren(says, undo);
  undo.focus();
  // What is still shown would be kept again with its next question.
  if (one.id === keptId()) find("#clear").click();
}

document.addEventListener("beleg-save", ({ detail: page }) => {
  if (!page) return; // the log says why
  const link = document.createElement("a");
  const name = conversation(keptId())?.name ?? "";
  link.download = `beleg-${name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, NAME_CHARACTERS)}`;
  const isPage = page.startsWith("<");
  link.download += isPage ? ".html" : ".md";
  link.href = URL.createObjectURL(new Blob([page], { type: isPage ? "text/html" : "text/markdown" }));
  link.click();
  keptMenu.hidePopover();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
});

function placeKept() {
  const { bottom, right } = keptOpener().getBoundingClientRect();
  const width = Math.min(400, innerWidth - 16);
  Object.assign(keptMenu.style, {
    top: `${bottom + 6}px`, left: `${Math.max(8, right - width)}px`, width: `${width}px` });
}

keptMenu.addEventListener("beforetoggle", ({ newState }) => {
  if (newState !== "open") return;
  drawKept();
  placeKept();
});
addEventListener("resize", () => keptMenu.matches(":popover-open") && placeKept());
// Another tab has changed something; an edit begun here is not taken away.
addEventListener("storage", () => keptMenu.matches(":popover-open") && !find("input, .undo", keptMenu) && drawKept());
