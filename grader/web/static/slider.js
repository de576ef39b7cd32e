// Figures with a slider: all frames are in the page, and one of them is shown.
function showPlace(figure, input) {
  const places = figure.querySelectorAll(".place");
  for (const [number, place] of places.entries()) {
    place.toggleAttribute("hidden", number !== input.valueAsNumber);
  }
  const { value, title } = places[input.valueAsNumber].dataset;
  figure.querySelector(".value").textContent = value;
  figure.querySelector(".reading").textContent = title;
  input.setAttribute("aria-valuetext", title ? `${value}: ${title}` : value);
}

// Outputs come and go, so the page listens for all of them.
export function followSliders() {
  document.addEventListener("input", ({ target }) => {
    const figure = target.closest(".slider");
    if (figure) showPlace(figure, target);
  });
}
