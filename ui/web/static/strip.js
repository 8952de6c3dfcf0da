// Beside a long article: where in it the evidence lies.
const strip = element("div", "");
strip.id = "strip";
strip.setAttribute("aria-hidden", "true"); // the sentences themselves are reached by keyboard
function drawStrip() {
  const pane = find("#reading");
  const { top, right, height } = pane.getBoundingClientRect();
  const cited = all("#article .sentence.cited");
  strip.hidden = isStacked() || !cited.length || pane.scrollHeight <= pane.clientHeight;
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
