// The article's sentences: the one before and after, and from one to the next by keyboard.
const sentenceAt = (article, sentence) => sentenceOf({ dataset: { article, sentence } });

// A part of the neighbourhood is enough to see where one is.
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

function placeOf({ dataset: { sentence, title } }) {
  const place = (words().place ?? "").replace("{number}", Number(sentence) + 1);
  return title ? `${title}, ${place}` : place;
}

// One Tab stop for all sentences that no answer cites: the article itself.
let reading = null; // the sentence last gone to by key
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
