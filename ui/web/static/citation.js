// From a citation to its sentence in the article, and back.
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
  // Where it has no place on the pages, its text is shown.
  if (isPaged() && find("#article .sheet") && !shown.dataset.boxes) find("#reading").classList.remove("paged");
  mark();
  bring(sentence);
  arrival.disconnect();
  if (isStacked()) arrival.observe(inView(sentence) ?? sheetsOf());
}

// Shows the article that the newest answer cites and, on a wide page, the first cited sentence.
function showProof() {
  const first = find("#conversation .turn:last-child .marker") ??
    find("#conversation .turn:last-child .expected .near");
  if (!first) return;
  const proof = sentenceOf(first);
  if (!proof) send("select", { article: first.dataset.article });
  else if (!isStacked() && !isVisible(proof)) bring(proof);
}

const isStacked = () =>
  find("#reading").getBoundingClientRect().top >= find("#chat").getBoundingClientRect().bottom - 1;

// On a phone the answer is out of view once the sentence is in view.
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
const HUES = 4; // as article.css has them

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
  // A sentence has the colour of the newest answer that cites it.
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
  markSheets();
}

let outlined = [];
function outline(target) {
  for (const one of outlined) one.classList.remove("outlined");
  const sentence = target ? sentenceOf(target) : undefined;
  const spots = sentence ? all(`#article .sheet .spot[data-sentence="${sentence.dataset.sentence}"]`) : [];
  outlined = sentence ? [sentence, ...spots] : [];
  for (const one of outlined) one.classList.add("outlined");
}

// From one citation to the next, in the answers' order.
function step(marker, by) {
  const markers = all("#conversation .marker");
  markers[markers.indexOf(marker) + by]?.focus();
}

// The bubble: a cited sentence beside its marker, or the actions for a sentence of the article.
const bubble = document.createElement("div");
bubble.id = "bubble";
bubble.hidden = true;

function place(rectangle) {
  bubble.hidden = false;
  bubble.style.left = "0"; // so that its last place does not limit its width
  const { offsetWidth: width, offsetHeight: height } = bubble;
  const left = Math.min(Math.max(8, rectangle.left), innerWidth - width - 8);
  const above = rectangle.top - height - 8;
  // On a phone the question box lies over the page's end.
  const floor = isStacked() ? find("#box").getBoundingClientRect().top : innerHeight;
  const top = rectangle.bottom + 8 + height <= floor || above < 8 ? rectangle.bottom + 8 : above;
  bubble.style.left = `${left}px`;
  bubble.style.top = `${top}px`;
}

function hide() {
  bubble.hidden = true;
  delete bubble.dataset.kind;
}

// A sentence, where it stands in the open view.
const isVisible = (sentence) => {
  const { top, bottom, width } = (inView(sentence) ?? sentence).getBoundingClientRect();
  return width > 0 && top >= 0 && bottom <= innerHeight;
};

function preview(marker) {
  outline(marker);
  // A sentence that is visible in the article needs no preview beside its own quotation.
  const sentence = sentenceOf(marker);
  if (marker.closest(".quote") && sentence && isVisible(sentence)) return;
  const [before, after] = around(marker);
  const passage = element("p", "preview", "");
  passage.dir = "auto";
  passage.append(
    element("span", "around", before), " ", element("span", "", marker.dataset.quote), " ", element("span", "around", after));
  const under = marker.dataset.under ? [element("p", "origin", marker.dataset.under)] : [];
  bubble.replaceChildren(passage, element("p", "origin", placeOf(marker)), ...under);
  bubble.dataset.kind = "preview";
  bubble.setAttribute("role", "tooltip");
  bubble.removeAttribute("aria-label");
  place(marker.getBoundingClientRect());
}

// The answers that cite a sentence, and a question about it; `from` is what was clicked.
function offer(sentence, at, from = sentence) {
  const list = element("ul", "answers");
  // Each citation is quoted once, and an answer's prose may name it again.
  for (const marker of markersOf(sentence).filter((one) => one.closest(".quote"))) {
    const link = element("button", "to-answer", "");
    link.type = "button";
    link.append(
      element("span", "asked", find(".asked", marker.closest(".turn")).textContent),
      element("span", "number", marker.textContent));
    link.addEventListener("click", () => {
      hide();
      scrollTo(marker.closest(".turn"), "start");
      marker.focus({ preventScroll: true });
      hide();
      flash(marker.closest(".quote") ?? marker);
    });
    const item = element("li", "");
    item.append(link);
    list.append(item);
  }
  const ask = element("button", "ask-sentence", words().askSentence);
  ask.type = "button";
  ask.addEventListener("click", () => {
    hide();
    askAbout(sentence);
  });
  bubble.replaceChildren(...(list.children.length ? [element("p", "lead", words().citedIn), list] : []), ask);
  bubble.dataset.kind = "answers";
  bubble.setAttribute("role", "dialog");
  bubble.setAttribute("aria-label", placeOf(sentence));
  if (!from.matches(".cited")) from.tabIndex = -1; // the focus returns to it
  bubble.returnTo = from;
  place(at);
  find("button", bubble).focus({ preventScroll: true });
}

function flash(target) {
  target.classList.remove("flash");
  void target.offsetWidth; // restarts the animation
  target.classList.add("flash");
}
