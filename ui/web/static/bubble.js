// The bubble: a cited sentence beside its marker, or what can be done with a sentence of the article.
const bubble = document.createElement("div");
bubble.id = "bubble";
bubble.hidden = true;

function place(rectangle) {
  bubble.hidden = false;
  bubble.style.left = "0"; // so that its width is its own and not what its last place left it
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

const isVisible = (sentence) => {
  const { top, bottom } = sentence.getBoundingClientRect();
  return top >= 0 && bottom <= innerHeight;
};

function preview(marker) {
  outline(marker);
  // Beside its own quote, a sentence outlined in plain sight needs no third showing.
  const sentence = sentenceOf(marker);
  if (marker.closest(".quote") && sentence && isVisible(sentence)) return;
  const [before, after] = around(marker);
  const passage = element("p", "preview", "");
  passage.dir = "auto";
  passage.append(
    element("span", "around", before), " ", element("span", "", marker.dataset.quote), " ", element("span", "around", after));
  bubble.replaceChildren(passage, element("p", "origin", placeOf(marker)));
  bubble.dataset.kind = "preview";
  bubble.setAttribute("role", "tooltip");
  bubble.removeAttribute("aria-label");
  place(marker.getBoundingClientRect());
}

// The answers that cite a sentence, and a question about it.
function offer(sentence, at) {
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
  if (!sentence.matches(".cited")) sentence.tabIndex = -1; // the focus returns to it
  bubble.returnTo = sentence;
  place(at);
  find("button", bubble).focus({ preventScroll: true });
}

function flash(target) {
  target.classList.remove("flash");
  void target.offsetWidth; // restarts the animation
  target.classList.add("flash");
}
