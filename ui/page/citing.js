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
  const [sentence] = sentencesOf(shown);
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

// On a wide page, the first sentence that the newest answer cites, or else should, comes into view by itself.
function showProof() {
  const first = find("#conversation .turn:last-child .marker") ??
    find("#conversation .turn:last-child .expected .near");
  if (!first || isStacked()) return;
  const [proof] = sentencesOf(first);
  if (!proof) send("select", { article: first.dataset.article });
  else if (!isVisible(proof)) scrollTo(proof, "center");
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

const HUES = 4; // as hues.css has them
function mark() {
  const cited = new Set(all("#conversation .marker").map(key));
  const latest = new Set(all("#conversation .turn:last-child .marker").map(key));
  // Of the last answers: which of them cites a sentence, the newest where several do.
  const hues = new Map();
  for (const [place, turn] of [...all("#conversation .turn").entries()].slice(-HUES))
    for (const marker of all(".marker", turn)) hues.set(key(marker), place % HUES);
  const expected = new Set(all("#conversation .expected .near").map(key));
  for (const sentence of all("#article .sentence")) {
    const place = key(sentence);
    sentence.classList.toggle("cited", cited.has(place));
    sentence.classList.toggle("latest", latest.has(place));
    if (hues.has(place)) sentence.dataset.hue = hues.get(place);
    else delete sentence.dataset.hue;
    sentence.classList.toggle("expected", expected.has(place));
    sentence.classList.toggle("shown", shown !== null && key(shown) === place);
    if (cited.has(place)) {
      sentence.setAttribute("tabindex", "0");
      sentence.setAttribute("role", "button");
    } else {
      sentence.removeAttribute("tabindex");
      sentence.removeAttribute("role");
    }
  }
}

function outline(target) {
  for (const sentence of all("#article .sentence.outlined")) sentence.classList.remove("outlined");
  if (target) for (const sentence of sentencesOf(target)) sentence.classList.add("outlined");
}
