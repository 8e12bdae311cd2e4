// Reloads the page after a build, and shows errors over it. Used by the preview only.
"use strict";
(() => {
  const { build, attempt } = document.currentScript.dataset;
  let events = null;
  let panel = null;

  const styled = (element, style) => {
    for (const [name, value] of Object.entries(style)) element.style.setProperty(name, value);
    return element;
  };

  const hide = () => {
    if (panel) panel.remove();
    panel = null;
  };

  const show = (errors) => {
    hide();
    if (!errors.length) return;
    panel = styled(document.createElement("div"), {
      position: "fixed", inset: "auto 0 0 0", "z-index": "2147483647", "max-height": "60vh", overflow: "auto",
      "box-sizing": "border-box", padding: "1rem 1.5rem", background: "#2b0b0b", color: "#fff",
      "border-top": "4px solid #ff6b6b", font: "16px/1.5 system-ui, sans-serif", "text-align": "left", direction: "ltr",
    });
    panel.id = "dateline-preview-errors";
    panel.lang = "en";
    panel.setAttribute("role", "alert");
    const heading = styled(document.createElement("strong"), { display: "block" });
    heading.textContent = "Build failed: this is the last good build.";
    const list = styled(document.createElement("ul"), { margin: "0.5rem 0 0", padding: "0 0 0 1.2rem" });
    for (const error of errors) {
      const item = styled(document.createElement("li"), {
        font: "14px/1.5 ui-monospace, monospace", "white-space": "pre-wrap", "overflow-wrap": "anywhere",
      });
      item.textContent = error;
      list.append(item);
    }
    const button = styled(document.createElement("button"), {
      float: "right", font: "inherit", padding: "0.2rem 0.8rem", color: "#000", background: "#fff", border: "0",
    });
    button.type = "button";
    button.textContent = "Hide";
    button.addEventListener("click", hide);
    panel.append(button, heading, list);
    document.body.append(panel);
  };

  const listen = () => {
    if (events) return;
    events = new EventSource("/.dateline/events");
    events.addEventListener("message", (message) => {
      const state = JSON.parse(message.data);
      if (state.build !== build || (attempt && attempt !== String(state.attempt))) location.reload();
      else if (!attempt) show(state.errors); // the preview's own pages have them in their text
    });
  };

  // A browser opens at most six connections to a host: hidden pages leave theirs to others.
  const rest = () => {
    if (events) events.close();
    events = null;
  };

  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
  addEventListener("pagehide", rest);
  addEventListener("pageshow", () => { if (!document.hidden) listen(); });
  if (!document.hidden) listen();
})();
