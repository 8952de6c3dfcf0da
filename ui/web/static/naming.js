// What a screen reader hears of Gradio's own parts, where they leave it wanting.
function nameParts() {
  // Its label has the button in it, whose text would be a part of the box's name.
  find("#box textarea")?.setAttribute("aria-label", words().question ?? "");
  for (const arrow of all("#chooser svg")) arrow.setAttribute("aria-hidden", "true");
}
