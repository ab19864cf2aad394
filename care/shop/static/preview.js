// The desk's live preview: shows the open widget, and again whenever the desk kept other settings.
let showing = Promise.resolve();
document.addEventListener("careline:ready", () => void window.Careline.open());
addEventListener("message", ({ origin, source, data }) => {
  if (origin !== location.origin || source !== window.parent) return;
  // One after the other: an answer that is slow must not replace what was asked for later.
  showing = showing.then(() => {
    window.Careline.element.dataset.side = data.side;
    return window.Careline.setLocale(data.locale);
  }).catch(() => {});
});
