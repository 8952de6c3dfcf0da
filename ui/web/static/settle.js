// What Gradio renders, at any time.
let turns = 0;
let latestHtml = "";
let open = ""; // the id of the article in the pane
let notice = null; // the message below all turns
let follows = true; // whether the newest turn is kept in view; the user's own scrolling ends that

function settle() {
  const log = find("#conversation .log");
  if (!log) return;
  document.documentElement.lang = log.lang;
  nameParts();
  const present = all(".turn", log);
  const latest = present.at(-1);
  if (present.length !== turns) {
    forget();
    follows = true;
    turns = present.length;
    latestHtml = "";
  }
  restore();
  keep();
  mark();
  number(numbered());
  drawStrip();
  const article = find("#article .text")?.dataset.article;
  const sentence = waiting ? sentenceOf(shown) : undefined;
  if (sentence) {
    waiting = false;
    reveal(sentence);
  } else if (article !== open) {
    find("#reading").scrollTop = 0;
    const proof = find("#article .latest");
    if (proof && !isStacked()) scrollTo(proof, "center");
  }
  open = article;
  const told = find(":scope > .failure", log);
  if (told && told !== notice) scrollTo(told, "center");
  notice = told;
  if (latest && latest.innerHTML !== latestHtml) {
    latestHtml = latest.innerHTML;
    if (follows) {
      scrollTo(latest, "start");
      showProof();
    }
  }
}

// What the reader changes in the newest turn is no new answer to bring into view.
function keepStill() {
  latestHtml = all("#conversation .turn").at(-1)?.innerHTML ?? "";
}

let scheduled = false;
const observer = new MutationObserver((changes) => {
  if (scheduled || changes.every(({ target }) => [bubble, strip, keptMenu].some((own) => own.contains(target)))) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    settle();
  });
});

function start() {
  const icon = document.createElement("link");
  icon.rel = "icon";
  icon.href = "data:image/svg+xml," + encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#155e63"/>' +
    '<path d="M8 11h16M8 21h10" stroke="#fff" stroke-width="3"/><path d="M8 16h16" stroke="#ffd84a" stroke-width="4"/></svg>');
  document.head.append(icon);
  document.body.append(bubble, back, strip, said, keptMenu);
  addEventListener("resize", drawStrip);
  observer.observe(document.body, { childList: true, subtree: true, characterData: true });
  settle();
}
if (document.body) start();
else document.addEventListener("DOMContentLoaded", start);
