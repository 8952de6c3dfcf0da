// What all scripts use. They are one script in the browser, in the order that assets.py names them, and share one scope.
// They read the data attributes that templates/ writes, and set texts by textContent only.
const find = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
// By its id, because that is fast: an article may have 20,000 sentences. Undefined where the pane shows another article.
const sentenceOf = ({ dataset: { article, sentence } }) =>
  find("#article .text")?.dataset.article === article
    ? document.getElementById(`sentence-${sentence}`) ?? undefined : undefined;
const markersOf = (sentence) => all("#conversation .marker").filter((marker) => sentenceOf(marker) === sentence);
const send = (name, detail) => find("#conversation .log").dispatchEvent(
  new CustomEvent(`beleg-${name}`, { bubbles: true, detail }));
const words = () => find("#conversation .log")?.dataset ?? {};

function scrollTo(element, block) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const { top, bottom } = element.getBoundingClientRect();
  // On a long way paragraphs get their true heights, so that a smooth scroll would end at the wrong place.
  const isFar = bottom < -2 * innerHeight || top > 3 * innerHeight;
  element.scrollIntoView({ block, behavior: still || isFar ? "auto" : "smooth" });
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  if (text) made.textContent = text;
  return made;
}
