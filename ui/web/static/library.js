// The library's list and the line above the question box: their buttons, and a title that is typed in place.
function actInLibrary(button) {
  const { act, article = "", filter = "", most = "", title = "" } = button.dataset;
  const detail = { act, article, filter, title, most: Number(most) };
  button.closest(".library-part").dispatchEvent(new CustomEvent("beleg-submit", { bubbles: true, detail }));
}

function renameInLibrary(button) {
  const title = find(".title", button.closest("li"));
  const { name, save } = button.closest(".library-part").dataset;
  const form = element("form", "rename");
  const input = element("input");
  const done = element("button", "", save);
  input.value = title.textContent;
  input.setAttribute("aria-label", name);
  form.append(input, done);
  title.replaceWith(form);
  input.select();
  const part = button.closest(".library-part");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const detail = { act: "rename", article: button.dataset.rename, title: input.value };
    part.dispatchEvent(new CustomEvent("beleg-submit", { bubbles: true, detail }));
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    form.replaceWith(title);
    button.focus();
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.(".library-part button");
  if (button?.dataset.act) actInLibrary(button);
  else if (button?.dataset.rename) renameInLibrary(button);
});
