// What the reader does, wherever Gradio renders it.
const citing = (event) => event.target.closest?.("#conversation .marker, #conversation .near");

document.addEventListener("click", (event) => {
  // Who is busy with the articles is not taken back to the newest answer.
  if (event.target.closest("#reading")) follows = false;
  const opens = event.target.closest("#conversation summary")?.parentElement;
  if (opens) requestAnimationFrame(() => opens.open && opens.scrollIntoView({ block: "nearest" }));
  const example = event.target.closest("[data-ask]");
  if (example) {
    send("submit", { question: example.dataset.ask });
    // The example goes away with its focus; where there is a keyboard anyway, the next question is typed.
    if (matchMedia("(hover: hover)").matches) find("#box textarea").focus();
    return;
  }
  const act = event.target.closest("button");
  if (act?.matches("#found button")) return send("select", { article: act.dataset.article });
  if (act?.matches("#conversation .copy")) return void copy(act);
  if (act?.matches("#conversation .edit")) return edit(act.dataset.edit);
  if (act?.matches("#conversation .stop")) return stop();
  if (act?.matches("#conversation .thumb")) return press(act);
  if (act?.matches("#conversation .opener")) return openNote(act.closest(".rating"), act.ariaExpanded !== "true");
  if (act?.matches("#article .numbers")) {
    stored.set(NUMBERED, numbered() ? "no" : "yes");
    number(numbered());
    return drawStrip();
  }
  // Whoever selects text to copy it does not mean to click.
  const clicked = getSelection().isCollapsed ? event.target : document.body;
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
  // What is focused by key is scrolled to.
  if (focused.matches("#conversation .marker") && isVisible(focused)) preview(focused);
  else leave();
}, true);
