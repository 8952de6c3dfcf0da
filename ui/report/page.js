// Filters the failures of a report, and unfolds all of them for print. Without it they are all there.
(() => {
  "use strict";
  const all = (selector) => [...document.querySelectorAll(selector)];

  function apply(form) {
    const { text, category, language } = form.elements;
    const words = text.value.trim().toLocaleLowerCase();
    const failures = all("details.failure");
    for (const failure of failures) {
      failure.hidden =
        (category.value !== "" && failure.dataset.category !== category.value) ||
        (language.value !== "" && failure.dataset.language !== language.value) ||
        !failure.textContent.toLocaleLowerCase().includes(words);
    }
    for (const kind of all("section.kind")) kind.hidden = !kind.querySelector("details.failure:not([hidden])");
    const left = failures.filter((failure) => !failure.hidden).length;
    form.querySelector("output").textContent = left === failures.length ? "" : `${left} / ${failures.length}`;
  }

  document.documentElement.classList.add("can-filter");
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form.filter");
    if (form) apply(form);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form.filter")) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("form.filter button");
    if (!button) return;
    const { fold, unfold } = button.form.dataset;
    const opens = button.textContent === unfold;
    for (const failure of all("details.failure")) failure.open = opens;
    button.textContent = opens ? fold : unfold;
  });

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all(".report details:not([open])");
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of folded) one.open = false;
  });
})();
