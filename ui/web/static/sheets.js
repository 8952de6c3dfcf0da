// The pages of a PDF as pictures, with the cited sentences marked on them; and the choice between these and the text.
const VIEW = "beleg-view";
const sheetsOf = () => find("#article .sheets");
const isPaged = () => find("#reading").classList.contains("paged");
const sizesOf = new Map(); // an original's key → its pages' widths and heights, in points; null while they are asked for
let sought = null; // the sentence to show once the pages are there
let zoomed = 1; // 1 is as wide as the pane
const ZOOM = { least: 0.5, most: 4, step: 1.25 };

function showView() {
  const place = sheetsOf();
  const paged = Boolean(place) && stored.get(VIEW) === "pages" && !place.dataset.refused;
  find("#reading").classList.toggle("paged", paged);
  for (const button of all("#article .view")) button.ariaPressed = String((button.dataset.view === "pages") === paged);
  if (paged && !find(".sheet", place)) drawSheets(place);
}

function choose(view) {
  const from = isPaged() ? sentenceAtSpot() : all("#article .sentence").find(isVisible);
  stored.set(VIEW, view);
  delete sheetsOf().dataset.refused;
  find("#article .refused").textContent = "";
  showView();
  mark();
  drawStrip();
  // The same place in the other view; what was last asked for, if it is there.
  const target = (shown && sentenceOf(shown)) ?? find("#article .sentence.latest") ?? from;
  if (target) bring(target);
}

// The first cited sentence that is in view on a page.
function sentenceAtSpot() {
  const spot = all("#article .spot").find(isVisible);
  return spot && sentenceOf(spot);
}

// The text is shown in place of pages that cannot be, with a line that says why.
function refusePages(place, why) {
  place.dataset.refused = "yes";
  find("#article .refused").textContent = why;
  showView();
  if (sought) bring(sought);
}

async function drawSheets(place) {
  const { key } = place.dataset;
  if (!key) return refusePages(place, place.dataset.notKept);
  if (sizesOf.get(key)) return fillSheets(place, sizesOf.get(key));
  if (sizesOf.has(key)) return;
  sizesOf.set(key, null);
  let answer = {};
  try {
    answer = await (await fetch(`page/${encodeURIComponent(key)}`, { headers: { accept: "application/json" } })).json();
  } catch { /* the server has ended: the page says nothing that is not known */ }
  if (answer.sizes) sizesOf.set(key, answer.sizes);
  else sizesOf.delete(key);
  // Another article may have come meanwhile.
  if (!isPaged() || sheetsOf()?.dataset.key !== key) return;
  if (answer.sizes) fillSheets(sheetsOf(), answer.sizes);
  else refusePages(sheetsOf(), answer.detail ?? place.dataset.failed);
}

const pageName = (place, number) => place.dataset.page.replace("{number}", number);

function fillSheets(place, sizes) {
  const stack = element("div", "stack");
  stack.style.setProperty("--zoom", zoomed);
  sizes.forEach(([width, height], n) => {
    const sheet = element("figure", "sheet");
    sheet.dataset.number = n + 1;
    sheet.setAttribute("aria-label", pageName(place, n + 1));
    const paper = element("div", "paper");
    paper.style.aspectRatio = `${width} / ${height}`;
    const picture = element("img", "");
    picture.alt = "";
    paper.append(picture);
    sheet.append(paper, element("figcaption", "", pageName(place, n + 1)));
    stack.append(sheet);
  });
  const pages = element("div", "pages");
  pages.append(stack);
  const strip = element("nav", "thumbs");
  strip.setAttribute("aria-label", place.dataset.citedPages);
  place.replaceChildren(strip, pages);
  mark();
  const target = sought;
  sought = null;
  if (target?.isConnected) bring(target);
  for (const sheet of stack.children) near.observe(sheet);
}

// Pages are asked for when they come near, so that a book of 300 costs no more than a letter.
const near = new IntersectionObserver((seen) => {
  for (const { isIntersecting, target } of seen) {
    target.dataset.near = isIntersecting ? "yes" : "";
    if (isIntersecting) load(target);
  }
}, { rootMargin: "400px 0px" });

const STEP = 320; // pixels: a few widths only, so that pictures are found again
function load(sheet) {
  const paper = find(".paper", sheet);
  const width = Math.ceil((paper.clientWidth * devicePixelRatio) / STEP) * STEP;
  const { key } = sheetsOf().dataset;
  const address = `page/${encodeURIComponent(key)}/${sheet.dataset.number}?width=${width}`;
  const picture = find("img", paper);
  if (picture.dataset.address === address) return;
  picture.dataset.address = address;
  let tries = 0;
  picture.onload = () => sheet.classList.remove("failed");
  picture.onerror = () => {
    // Too much may be asked for at once.
    tries += 1;
    if (tries < 4) setTimeout(() => { if (picture.dataset.address === address) picture.src = `${address}&try=${tries}`; }, 800 * tries);
    else {
      sheet.classList.add("failed");
      find("figcaption", sheet).textContent = `${pageName(sheetsOf(), sheet.dataset.number)}: ${sheetsOf().dataset.failed}`;
    }
  };
  picture.src = address;
}

function zoom(by) {
  const place = sheetsOf();
  const stack = find(".stack", place);
  if (!stack) return;
  const middle = current();
  zoomed = by ? Math.min(ZOOM.most, Math.max(ZOOM.least, zoomed * by)) : 1;
  stack.style.setProperty("--zoom", zoomed);
  // The same page stays in view.
  middle?.scrollIntoView({ block: "start" });
  reload();
}

function reload() {
  for (const sheet of all('#article .sheet[data-near="yes"]')) load(sheet);
}

// The page that is in the middle of the pane.
function current() {
  const half = innerHeight / 2;
  return all("#article .sheet").find((sheet) => sheet.getBoundingClientRect().bottom > half);
}

function leafByKey(event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const change = { "+": ZOOM.step, "-": 1 / ZOOM.step, 0: 0 }[event.key];
  if (change !== undefined) zoom(change);
  else if (by) {
    const sheets = all("#article .sheet");
    const to = sheets[sheets.indexOf(current()) + by];
    to?.scrollIntoView({ block: "start" });
  } else return;
  event.preventDefault();
}

// Where the cited sentences stand on the pages, as they are marked in the text.
function markSheets() {
  const place = sheetsOf();
  if (!isPaged() || !find(".sheet", place)) return;
  const spots = new Map();
  for (const target of [...all("#conversation .marker, #conversation .expected .near"), ...(shown ? [shown] : [])]) {
    const sentence = sentenceOf(target);
    if (sentence && target.dataset.boxes && marked.has(sentence)) spots.set(sentence, target.dataset);
  }
  const look = (sentence) => [sentence.id, [...marked.get(sentence)].join(" "), sentence.dataset.hue ?? ""].join("/");
  const looks = [...spots.keys()].map(look).join();
  if (place.dataset.looks === looks) return;
  place.dataset.looks = looks;
  for (const old of all(".spot", place)) old.remove();
  const sheets = all(".sheet .paper", place);
  const pages = new Map(); // a page's number → what is marked on it
  const inOrder = [...spots].sort(([one], [other]) => one.dataset.sentence - other.dataset.sentence);
  for (const [sentence, { article, boxes, quote, where }] of inOrder) {
    JSON.parse(boxes).forEach((box, n) => {
      const number = box[0];
      if (!sheets[number - 1]) return;
      const made = () => spot(sentence, box, sizesOf.get(place.dataset.key)[number - 1], article);
      const one = made();
      // The first is the sentence, for the keyboard and for screen readers; the others are where it goes on.
      if (!n) {
        one.tabIndex = 0;
        one.setAttribute("role", "button");
        one.setAttribute("aria-label", [quote, where].filter(Boolean).join(", "));
      } else one.setAttribute("aria-hidden", "true");
      sheets[number - 1].append(one);
      if (marked.get(sentence).has("cited")) pages.set(number, [...(pages.get(number) ?? []), made()]);
    });
  }
  drawThumbs(place, pages);
}

function spot(sentence, [, left, top, right, bottom], [width, height], article) {
  const made = element("span", "spot");
  made.classList.add(...marked.get(sentence));
  Object.assign(made.dataset, { article, sentence: sentence.dataset.sentence });
  if (sentence.dataset.hue) made.dataset.hue = sentence.dataset.hue;
  const share = (value, of) => `${(100 * value) / of}%`;
  Object.assign(made.style, {
    left: share(left, width), top: share(top, height), width: share(right - left, width), height: share(bottom - top, height) });
  return made;
}

// The evidence strip of the pages: those that are cited, small.
function drawThumbs(place, pages) {
  const thumbs = [...pages].sort(([one], [other]) => one - other).map(([number, spots]) => {
    const thumb = element("button", "thumb");
    thumb.type = "button";
    thumb.dataset.number = number;
    thumb.setAttribute("aria-label", pageName(place, number));
    const [width, height] = sizesOf.get(place.dataset.key)[number - 1];
    const paper = element("span", "paper");
    paper.style.aspectRatio = `${width} / ${height}`;
    const picture = element("img", "");
    picture.alt = "";
    picture.loading = "lazy";
    picture.src = `page/${encodeURIComponent(place.dataset.key)}/${number}?width=${devicePixelRatio > 1 ? STEP : STEP / 2}`;
    for (const one of spots) one.setAttribute("aria-hidden", "true");
    paper.append(picture, ...spots);
    thumb.append(paper, element("span", "number", String(number)));
    return thumb;
  });
  const strip = find(".thumbs", place);
  strip.hidden = !thumbs.length;
  strip.replaceChildren(...thumbs);
}

function toPage(number) {
  const sheet = find(`#article .sheet[data-number="${number}"]`);
  load(sheet);
  const on = find(".spot", sheet);
  if (on) scrollTo(on, "center");
  else sheet.scrollIntoView({ block: "start" });
}

// What shows a sentence in the open view: itself, or where it begins on a page; undefined while the pages are not there.
function inView(sentence) {
  if (!isPaged()) return sentence;
  return find(`#article .sheet .spot[data-sentence="${sentence.dataset.sentence}"]`) ?? undefined;
}

function bring(sentence) {
  const target = inView(sentence);
  if (target) {
    // Before those that come into view on the way.
    if (target.matches(".spot")) load(target.closest(".sheet"));
    scrollTo(target, "center");
  } else if (!find("#article .sheet")) sought = sentence;
}

// The answers that cite what is marked on a page.
function offerAt(onPage, at) {
  const sentence = sentenceOf(onPage);
  if (sentence) offer(sentence, at, inView(sentence) ?? onPage);
}
