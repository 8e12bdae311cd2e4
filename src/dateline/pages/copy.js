// Shows the buttons that copy an address, which need a script, and lets them.
"use strict";

const status = document.querySelector(".copied");

function mark(text) {
  const range = document.createRange();
  range.selectNodeContents(text);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      status.textContent = status.dataset.copied.replace("{url}", () => button.dataset.copy);
    } catch {
      // A page that is not secure may not write to the clipboard.
      mark(button.parentElement.querySelector("code"));
      status.textContent = status.dataset.failed;
    }
  });
}
