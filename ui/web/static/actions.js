// What can be done with an answer, and how the article is shown.
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

const NUMBERED = "beleg-sentence-numbers";
function number(shows) {
  find("#reading").classList.toggle("numbered", shows);
  find("#article .numbers")?.setAttribute("aria-pressed", String(shows));
}
const numbered = () => stored.get(NUMBERED) === "yes";

// From one citation to the next, in the answers' order.
function step(marker, by) {
  const markers = all("#conversation .marker");
  markers[markers.indexOf(marker) + by]?.focus();
}
