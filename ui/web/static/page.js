// What the user does, and what follows when Gradio renders the page again.
const citing = (event) => event.target.closest?.("#conversation .marker, #conversation .near");

document.addEventListener("click", (event) => {
  // A user who reads the article is not scrolled back to the newest answer.
  if (event.target.closest("#reading")) follows = false;
  const opens = event.target.closest("#conversation summary")?.parentElement;
  if (opens) requestAnimationFrame(() => opens.open && opens.scrollIntoView({ block: "nearest" }));
  const example = event.target.closest("[data-ask]");
  if (example) {
    const { ask: question, alone } = example.dataset;
    noteAsked(question, alone !== undefined);
    send("submit", { question, alone: alone !== undefined });
    // The example disappears, and the focus with it; with a keyboard, the next question is typed.
    if (matchMedia("(hover: hover)").matches) find("#box textarea").focus();
    return;
  }
  const act = event.target.closest("button");
  if (act?.matches("#found button")) return send("select", { article: act.dataset.article });
  if (act?.matches("#conversation .copy")) return void copy(act);
  if (act?.matches("#conversation .edit")) return edit(act.dataset.edit, act.matches(".changed"));
  if (act?.matches("#conversation .stop")) return stop();
  if (act?.matches("#conversation .thumb")) return press(act);
  if (act?.matches("#conversation .opener")) return openNote(act.closest(".rating"), act.ariaExpanded !== "true");
  if (act?.matches("#article .numbers")) {
    stored.set(NUMBERED, numbered() ? "no" : "yes");
    number(numbered());
    return drawStrip();
  }
  // Selecting text to copy it is no click.
  const clicked = getSelection().isCollapsed ? event.target : document.body;
  if (act?.matches("#article .view")) return choose(act.dataset.view);
  if (act?.matches("#article .zoom button")) return zoom({ in: ZOOM.step, out: 1 / ZOOM.step }[act.dataset.zoom]);
  if (act?.matches("#article .thumb")) return toPage(act.dataset.number);
  const cite = citing(event) ?? clicked.closest("#conversation .quote");
  if (cite) {
    hide();
    return show(cite);
  }
  const sentence = clicked.closest("#article .sentence");
  if (sentence && !(bubble.dataset.kind === "answers" && bubble.returnTo === sentence)) {
    const { left, top, height } = sentence.getBoundingClientRect();
    return offer(sentence, new DOMRect(event.clientX || left, top, 0, height));
  }
  const onPage = event.target.closest?.("#article .sheet .spot");
  if (onPage && !(bubble.dataset.kind === "answers" && bubble.returnTo === inView(sentenceOf(onPage))))
    return offerAt(onPage, new DOMRect(event.clientX, onPage.getBoundingClientRect().top, 0, onPage.offsetHeight));
  if (event.target === back) {
    if (cameFrom?.isConnected) scrollTo(cameFrom, "center");
    return;
  }
  if (!bubble.contains(event.target)) hide();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !bubble.hidden) {
    if (bubble.dataset.kind === "answers") bubble.returnTo.focus({ preventScroll: true });
    hide();
  }
  const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (by && event.target.matches?.("#conversation .marker")) {
    event.preventDefault();
    step(event.target, by);
  }
  if (event.target.matches?.("#article .text, #article .sentence")) readByKey(event);
  if (event.target.matches?.("#article .sheet .spot") && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    offerAt(event.target, event.target.getBoundingClientRect());
  } else if (event.target.closest?.("#article .sheets")) leafByKey(event);
});

const leave = () => {
  outline(null);
  if (bubble.dataset.kind === "preview") hide();
};
for (const name of ["mouseover", "focusin"])
  document.addEventListener(name, (event) => {
    const cite = citing(event);
    if (!cite) return;
    if (cite.matches(".marker") && bubble.dataset.kind !== "answers") preview(cite);
    else outline(cite);
  });
for (const name of ["mouseout", "focusout"])
  document.addEventListener(name, (event) => citing(event) && leave());
for (const name of ["wheel", "touchmove"])
  document.addEventListener(name, () => { follows = false; }, { passive: true });
document.addEventListener("scroll", () => {
  if (bubble.dataset.kind !== "preview") return;
  const focused = document.activeElement;
  // Moving the focus by key scrolls.
  if (focused.matches("#conversation .marker") && isVisible(focused)) preview(focused);
  else leave();
}, true);

// Names for screen readers where Gradio's own parts lack them.
function nameParts() {
  // Gradio's label contains the button, whose text would be part of the box's name.
  find("#box textarea")?.setAttribute("aria-label", words().question ?? "");
  for (const arrow of all("#chooser svg")) arrow.setAttribute("aria-hidden", "true");
}

// After each change that Gradio renders.
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
  keepPending(log);
  showView();
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
    if (proof && !isStacked()) bring(proof);
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

// A change by the user in the newest turn is no new answer to scroll to.
function keepStill() {
  latestHtml = all("#conversation .turn").at(-1)?.innerHTML ?? "";
}

// What the scripts change themselves.
const isOwn = (target) => [bubble, strip, keptMenu].some((own) => own.contains(target)) ||
  Boolean((target.closest ? target : target.parentElement)?.closest(".sheets, .refused"));

let scheduled = false;
const observer = new MutationObserver((changes) => {
  if (scheduled || changes.every(({ target }) => isOwn(target))) return;
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
  addEventListener("resize", () => {
    drawStrip();
    reload();
  });
  // The last log of a conversation that is asked again differs from the one before by these attributes only.
  observer.observe(document.body, {
    childList: true, subtree: true, characterData: true, attributeFilter: ["data-kept", "data-asked", "data-pending", "data-replays"],
  });
  settle();
}
if (document.body) start();
else document.addEventListener("DOMContentLoaded", start);
