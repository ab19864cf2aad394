// The desk's live preview: shows the open widget, and again whenever the desk kept other settings.
document.addEventListener("careline:ready", () => void window.Careline.open());
addEventListener("message", ({ origin, source, data }) => {
  if (origin !== location.origin || source !== window.parent) return;
  window.Careline.element.dataset.side = data.side;
  void window.Careline.setLocale(data.locale);
});
