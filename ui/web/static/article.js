// The article's pane: sentence numbers, going from sentence to sentence by keyboard, and a strip that shows where the
// evidence lies.
const NUMBERED = "beleg-sentence-numbers";
function number(shows) {
  find("#reading").classList.toggle("numbered", shows);
  find("#article .numbers")?.setAttribute("aria-pressed", String(shows));
}
const numbered = () => stored.get(NUMBERED) === "yes";

// The sentences before and after one, and from sentence to sentence by keyboard.
const sentenceAt = (article, sentence) => sentenceOf({ dataset: { article, sentence } });

// A part of each neighbour shows where the sentence stands.
const NEAR_CHARACTERS = 200;
const ending = (text) => (text.length > NEAR_CHARACTERS ? `… ${text.slice(-NEAR_CHARACTERS).replace(/^\S*\s/, "")}` : text);
const beginning = (text) => (text.length > NEAR_CHARACTERS ? `${text.slice(0, NEAR_CHARACTERS).replace(/\s\S*$/, "")} …` : text);

// The sentences before and after a cited one: from the article where it is open, else as the server gave them.
function around({ dataset: { article, sentence } }) {
  if (find("#article .text")?.dataset.article !== article) {
    const given = all("#conversation .around").find((one) => one.dataset.article === article && one.dataset.sentence === sentence);
    return [given?.dataset.before ?? "", given?.dataset.after ?? ""];
  }
  const [before, after] = [-1, 1].map((by) => sentenceAt(article, Number(sentence) + by)?.textContent ?? "");
  return [ending(before), beginning(after)];
}

function placeOf({ dataset: { sentence, title, where } }) {
  const place = (words().place ?? "").replace("{number}", Number(sentence) + 1);
  return [title, where, place].filter(Boolean).join(", ");
}

// All sentences that no answer cites share one Tab stop, the article itself.
let reading = null; // the last sentence that a key moved to
function readByKey(event) {
  const on = event.target.closest(".sentence");
  if (event.key === "Enter" || event.key === " ") {
    if (!on) return;
    event.preventDefault();
    return offer(on, on.getBoundingClientRect());
  }
  const rightToLeft = getComputedStyle(on ?? event.target).direction === "rtl";
  const by = { ArrowRight: rightToLeft ? -1 : 1, ArrowLeft: rightToLeft ? 1 : -1 }[event.key];
  if (!by || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const sentences = all("#article .sentence");
  const next = on
    ? sentences[sentences.indexOf(on) + by]
    : reading?.isConnected ? reading : sentences.find(isVisible) ?? sentences[0];
  if (!next) return;
  if (!next.matches(".cited")) {
    next.tabIndex = -1;
    next.setAttribute("role", "button");
  }
  reading = next;
  next.focus();
}

document.addEventListener("focusout", ({ target }) => {
  if (!target.matches?.("#article .sentence:not(.cited)")) return;
  target.removeAttribute("role");
});

// A strip beside a long article shows where the evidence lies.
const strip = element("div", "");
strip.id = "strip";
strip.setAttribute("aria-hidden", "true"); // the sentences themselves are reached by keyboard
function drawStrip() {
  const pane = find("#reading");
  const { top, right, height } = pane.getBoundingClientRect();
  const cited = all("#article .sentence.cited");
  strip.hidden = isPaged() || isStacked() || !cited.length || pane.scrollHeight <= pane.clientHeight;
  if (strip.hidden) return;
  Object.assign(strip.style, { top: `${top}px`, left: `${right - 16}px`, height: `${height}px` });
  strip.replaceChildren(...cited.map((sentence) => {
    const tick = element("button", sentence.classList.contains("latest") ? "tick latest" : "tick");
    const place = sentence.getBoundingClientRect().top - top + pane.scrollTop;
    tick.type = "button";
    tick.tabIndex = -1;
    tick.style.top = `min(${(100 * place) / pane.scrollHeight}%, 100% - 6px)`;
    tick.addEventListener("click", () => scrollTo(sentence, "center"));
    return tick;
  }));
}
