// From the answer to the article.
let shown = null; // the target last clicked, which may wait for its article to come
let waiting = false;
let cameFrom = null;

const back = document.createElement("button");
back.id = "back";
back.type = "button";
back.hidden = true;

function show(citation) {
  // A copy, because Gradio may render the citation anew.
  shown = { dataset: { ...citation.dataset } };
  cameFrom = citation;
  const sentence = sentenceOf(shown);
  waiting = !sentence;
  if (sentence) reveal(sentence);
  else send("select", { article: shown.dataset.article });
}

function reveal(sentence) {
  mark();
  scrollTo(sentence, "center");
  arrival.disconnect();
  if (isStacked()) arrival.observe(sentence);
}

// The article that the newest answer cites is shown by itself, and on a wide page the first sentence of it.
function showProof() {
  const first = find("#conversation .turn:last-child .marker") ??
    find("#conversation .turn:last-child .expected .near");
  if (!first) return;
  const proof = sentenceOf(first);
  if (!proof) send("select", { article: first.dataset.article });
  else if (!isStacked() && !isVisible(proof)) scrollTo(proof, "center");
}

const isStacked = () =>
  find("#reading").getBoundingClientRect().top >= find("#chat").getBoundingClientRect().bottom - 1;

// On a phone the answer is out of sight once the sentence is in sight.
const arrival = new IntersectionObserver(([seen]) => {
  back.textContent = words().back ?? "";
  back.hidden = !seen.isIntersecting;
});

function forget() {
  shown = null;
  waiting = false;
  arrival.disconnect();
  back.hidden = true;
  hide();
}

const MARKS = ["cited", "latest", "expected", "shown"];
let marked = new Map(); // a sentence → its marks
const HUES = 4; // as hues.css has them

function mark() {
  const now = new Map();
  const give = (name, targets) => {
    for (const sentence of targets.map(sentenceOf))
      if (sentence) now.set(sentence, (now.get(sentence) ?? new Set()).add(name));
  };
  give("cited", all("#conversation .marker"));
  give("latest", all("#conversation .turn:last-child .marker"));
  give("expected", all("#conversation .expected .near"));
  give("shown", shown ? [shown] : []);
  // Of the last answers: which of them cites a sentence, the newest where several do.
  const hues = new Map();
  for (const [place, turn] of [...all("#conversation .turn").entries()].slice(-HUES))
    for (const sentence of all(".marker", turn).map(sentenceOf)) hues.set(sentence, place % HUES);
  for (const sentence of new Set([...marked.keys(), ...now.keys()])) {
    const names = now.get(sentence) ?? new Set();
    for (const name of MARKS) sentence.classList.toggle(name, names.has(name));
    if (hues.has(sentence)) sentence.dataset.hue = hues.get(sentence);
    else delete sentence.dataset.hue;
    if (names.has("cited")) {
      sentence.setAttribute("tabindex", "0");
      sentence.setAttribute("role", "button");
    } else {
      sentence.removeAttribute("tabindex");
      sentence.removeAttribute("role");
    }
  }
  marked = now;
}

let outlined;
function outline(target) {
  outlined?.classList.remove("outlined");
  outlined = target ? sentenceOf(target) : undefined;
  outlined?.classList.add("outlined");
}
