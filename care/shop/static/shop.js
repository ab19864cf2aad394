// Tells the widget who is signed in, or that nobody is any more. The token was signed on the server.
document.addEventListener("careline:ready", () => {
  const { identity, signedOut } = document.body.dataset;
  if (identity) void window.Careline.identify(identity);
  else if (signedOut) void window.Careline.logout();
});
document.addEventListener("careline:identity-needed", () => location.reload());
