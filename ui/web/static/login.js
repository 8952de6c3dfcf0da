// What Gradio's login page lacks: that it says why it was refused for a while, and what a password manager looks for.
const refused = document.createElement("span");
refused.className = "login-refused";
refused.setAttribute("role", "alert");

const ask = window.fetch;
window.fetch = async (...request) => {
  const answer = await ask(...request);
  refused.textContent = answer.status === 429 ? (await answer.clone().json()).detail : "";
  return answer;
};

function dress() {
  const [name, password] = document.querySelectorAll(".panel input");
  if (!password) return false;
  name.autocomplete = "username";
  name.autocapitalize = "none";
  password.autocomplete = "current-password";
  document.querySelector(".panel > .auth").append(refused);
  name.focus();
  return true;
}

new MutationObserver((changes, observer) => {
  if (dress()) observer.disconnect();
}).observe(document, { childList: true, subtree: true });
