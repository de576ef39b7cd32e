// The theme makes landmarks of the buttons of each listing and of each part of a page's
// contents. A screen reader would list dozens of them, without a name or with the same.
const parts = "nav.md-code__nav:not([role]), .md-nav--secondary nav:not([role])";
const unmark = () => {
  for (const part of document.querySelectorAll(parts)) {
    part.setAttribute("role", "none");
    part.removeAttribute("aria-label"); // what has a name is announced nevertheless
  }
};
new MutationObserver(unmark).observe(document.body, { childList: true, subtree: true });
unmark();
