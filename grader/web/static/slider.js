// Figures with a slider: all frames are in the page, and one of them is shown. Texts aren't
// changed, but there for each frame: where a text changes, a browser lays out the page.
function showPlace(figure, input) {
  for (const one of figure.querySelectorAll("[data-place]")) {
    const isHere = one.dataset.place === input.value;
    one.toggleAttribute("hidden", !isHere);
    if (isHere && one.dataset.words) input.setAttribute("aria-valuetext", one.dataset.words);
  }
}

// Outputs come and go, so the page listens for all of them.
export function followSliders() {
  document.addEventListener("input", ({ target }) => {
    const figure = target.closest(".slider");
    if (figure) showPlace(figure, target);
  });
}
