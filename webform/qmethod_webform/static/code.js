// A code to copy where the browser can, and one that came with the address of the page for codes, which no server has heard.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.querySelector("[role=status]").replaceChildren(button.querySelector("template").content.cloneNode(true));
  });
}

const field = document.getElementById("code");
const [code] = location.hash.match(/(?:[A-Z0-9]{4}-){2}[A-Z0-9]{4}$/) ?? [];
if (field && code) {
  field.value = code;
  history.replaceState(null, "", location.pathname + location.search);
}
