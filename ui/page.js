// What a page does by itself: citations point into the article, and cited sentences point back at their answers.
// It reads the data attributes that answer_view.py and article_view.py write, and sets texts by textContent only.
(() => {
  "use strict";

  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const key = (target) => `${target.dataset.article} ${target.dataset.sentence}`;
  const sentencesOf = (target) =>
    all(`#article .sentence[data-sentence="${CSS.escape(target.dataset.sentence)}"]`)
      .filter((sentence) => key(sentence) === key(target));
  const markersOf = (target) =>
    all(`#conversation .marker[data-sentence="${CSS.escape(target.dataset.sentence)}"]`)
      .filter((marker) => key(marker) === key(target));
  const send = (name, detail) => find("#conversation .log").dispatchEvent(
    new CustomEvent(`beleg-${name}`, { bubbles: true, detail }));
  const words = () => find("#conversation .log")?.dataset ?? {};

  let shown = null; // the target last clicked, which may wait for its article to come
  let waiting = false;
  let cameFrom = null;
  let turns = 0;
  let latestHtml = "";
  let open = ""; // the id of the article in the pane
  let follows = true; // whether the newest turn is kept in view; the user's own scrolling ends that

  const bubble = document.createElement("div");
  bubble.id = "bubble";
  bubble.hidden = true;
  const back = document.createElement("button");
  back.id = "back";
  back.type = "button";
  back.hidden = true;

  function scrollTo(element, block) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    element.scrollIntoView({ block, behavior: still ? "auto" : "smooth" });
  }

  function element(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  // --- From the answer to the article ---------------------------------------------------------------------------

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

  function mark() {
    const cited = new Set(all("#conversation .marker").map(key));
    const latest = new Set(all("#conversation .turn:last-child .marker").map(key));
    const expected = new Set(all("#conversation .expected .near").map(key));
    for (const sentence of all("#article .sentence")) {
      const place = key(sentence);
      sentence.classList.toggle("cited", cited.has(place));
      sentence.classList.toggle("latest", latest.has(place));
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

  // --- The bubble: a cited sentence beside its marker, or the answers that cite a sentence ----------------------

  function place(rectangle) {
    bubble.hidden = false;
    bubble.style.left = "0"; // so that its width is its own and not what its last place left it
    const { offsetWidth: width, offsetHeight: height } = bubble;
    const left = Math.min(Math.max(8, rectangle.left), innerWidth - width - 8);
    const above = rectangle.top - height - 8;
    const top = rectangle.bottom + 8 + height <= innerHeight || above < 8 ? rectangle.bottom + 8 : above;
    bubble.style.left = `${left}px`;
    bubble.style.top = `${top}px`;
  }

  function hide() {
    bubble.hidden = true;
    delete bubble.dataset.kind;
  }

  const isVisible = (sentence) => {
    const { top, bottom } = sentence.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  };

  function preview(marker) {
    outline(marker);
    // Beside its own quote, a sentence outlined in plain sight needs no third showing.
    if (marker.closest(".quote") && sentencesOf(marker).some(isVisible)) return;
    bubble.replaceChildren(element("p", "preview", marker.dataset.quote));
    if (marker.dataset.title) bubble.append(element("p", "origin", marker.dataset.title));
    bubble.dataset.kind = "preview";
    bubble.setAttribute("role", "tooltip");
    bubble.removeAttribute("aria-label");
    place(marker.getBoundingClientRect());
  }

  function listAnswers(sentence, at) {
    const list = element("ul", "answers");
    // Every citation is quoted once; in the prose above its quotes an answer may name it again.
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
    bubble.replaceChildren(element("p", "lead", words().citedIn), list);
    bubble.dataset.kind = "answers";
    bubble.setAttribute("role", "dialog");
    bubble.setAttribute("aria-label", words().citedIn);
    bubble.returnTo = sentence;
    place(at);
    find("button", bubble).focus({ preventScroll: true });
  }

  function flash(target) {
    target.classList.remove("flash");
    void target.offsetWidth; // restarts the animation
    target.classList.add("flash");
  }

  // --- What can be done with an answer, and how the article is shown ----------------------------------------------

  async function copy(button) {
    const { copy: content, format } = button.dataset;
    // Without a secure context (another machine, plain HTTP) there is no clipboard but the selection's.
    if (!navigator.clipboard) copySelected(content);
    else if (format === "html" && window.ClipboardItem) {
      const as = (type) => new Blob([content], { type });
      await navigator.clipboard.write([new ClipboardItem({ "text/html": as("text/html"), "text/plain": as("text/plain") })]);
    } else await navigator.clipboard.writeText(content);
    const label = button.textContent;
    button.textContent = words().copied;
    setTimeout(() => { button.textContent = label; }, 1500);
  }

  function copySelected(content) {
    const box = element("textarea", "unseen");
    box.value = content;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }

  function edit(question) {
    const box = find("#box textarea");
    box.value = question;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
    box.select();
  }

  const NUMBERED = "beleg-sentence-numbers";
  function number(shows) {
    find("#reading").classList.toggle("numbered", shows);
    find("#article .numbers")?.setAttribute("aria-pressed", String(shows));
  }
  const numbered = () => localStorage.getItem(NUMBERED) === "yes";

  // From one citation to the next, in the answers' order.
  function step(marker, by) {
    const markers = all("#conversation .marker");
    markers[markers.indexOf(marker) + by]?.focus();
  }

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
      tick.style.top = `${(100 * place) / pane.scrollHeight}%`;
      tick.addEventListener("click", () => scrollTo(sentence, "center"));
      return tick;
    }));
  }

  // --- Events ---------------------------------------------------------------------------------------------------

  const citing = (event) => event.target.closest?.("#conversation .marker, #conversation .near");

  document.addEventListener("click", (event) => {
    const example = event.target.closest("[data-ask]");
    if (example) {
      send("submit", { question: example.dataset.ask });
      // The example goes away with its focus; where there is a keyboard anyway, the next question is typed.
      if (matchMedia("(hover: hover)").matches) find("#box textarea").focus();
      return;
    }
    const act = event.target.closest("button");
    if (act?.matches("#conversation .copy")) return void copy(act);
    if (act?.matches("#conversation .edit")) return edit(act.dataset.edit);
    if (act?.matches("#article .numbers")) {
      localStorage.setItem(NUMBERED, numbered() ? "no" : "yes");
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
    const sentence = clicked.closest("#article .sentence.cited");
    if (sentence) {
      const { left, top, height } = sentence.getBoundingClientRect();
      return listAnswers(sentence, new DOMRect(event.clientX || left, top, 0, height));
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
    if ((event.key === "Enter" || event.key === " ") && event.target.matches?.("#article .sentence.cited")) {
      event.preventDefault();
      listAnswers(event.target, event.target.getBoundingClientRect());
    }
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
  document.addEventListener("scroll", () => bubble.dataset.kind === "preview" && leave(), true);

  // --- What Gradio renders, at any time -------------------------------------------------------------------------

  function settle() {
    const log = find("#conversation .log");
    if (!log) return;
    document.documentElement.lang = log.lang;
    const present = all(".turn", log);
    const latest = present.at(-1);
    if (present.length !== turns) {
      forget();
      follows = true;
      turns = present.length;
      latestHtml = "";
    }
    mark();
    number(numbered());
    drawStrip();
    const article = find("#article .text")?.dataset.article;
    const [sentence] = waiting ? sentencesOf(shown) : [];
    if (sentence) {
      waiting = false;
      reveal(sentence);
    } else if (article !== open) {
      find("#reading").scrollTop = 0;
      const proof = find("#article .latest");
      if (proof && !isStacked()) scrollTo(proof, "center");
    }
    open = article;
    if (latest && latest.innerHTML !== latestHtml) {
      latestHtml = latest.innerHTML;
      if (follows) {
        scrollTo(latest, "start");
        showProof();
      }
    }
  }

  let scheduled = false;
  const observer = new MutationObserver((changes) => {
    if (scheduled || changes.every(({ target }) => bubble.contains(target) || strip.contains(target))) return;
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
    document.body.append(bubble, back, strip);
    addEventListener("resize", drawStrip);
    observer.observe(document.body, { childList: true, subtree: true, characterData: true });
    settle();
  }
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
