// The question box: filled for the reader, and what was asked stopped.
function type(text) {
  const box = find("#box textarea");
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
}

function edit(question) {
  type(question);
  find("#box textarea").select();
}

// The sentence's first words only: with all of them whatever is asked looks as if it were answered by it.
const LEAD_CHARACTERS = 40;
let lead = ""; // what the box was last made to begin with
function askAbout(sentence) {
  const text = sentence.textContent.replace(/\s+/g, " ").trim();
  const cut = text.slice(0, LEAD_CHARACTERS + 1);
  const begun = text.length <= LEAD_CHARACTERS ? text : `${cut.slice(0, cut.lastIndexOf(" ") + 1 || LEAD_CHARACTERS).trim()} …`;
  const typed = find("#box textarea").value;
  const rest = lead && typed.startsWith(lead) ? typed.slice(lead.length) : typed;
  lead = words().aboutSentence.replace("{sentence}", () => begun.replace(/^[„“”»«"]+/, ""));
  type(lead + rest);
}

function stop() {
  send("stop", {});
  find("#box textarea").focus();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches?.("#box textarea") && find("#conversation .stop")) stop();
});
