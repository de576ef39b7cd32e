"use strict";

// The curve of a training, drawn while it trains.
class Curve {
  constructor(place) {
    this.points = [];
    this.words = document.createElement("p");
    this.image = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.image.setAttribute("viewBox", "0 0 400 120");
    this.image.setAttribute("aria-hidden", "true");
    const legend = paragraph("Solid: the loss. Dashed: the accuracy, up to 1.");
    legend.className = "quiet";
    place.replaceChildren(this.words, this.image, legend);
  }

  add(seen) {
    const part = seen.steps ? seen.step / seen.steps : 1;
    this.points.push({ at: Math.max(0, (seen.epoch ?? 1) - 1) + part, ...seen });
    const measures = Object.entries(seen)
      .filter(([name]) => !["epoch", "epochs", "step", "steps"].includes(name))
      .map(([name, value]) => `${name} ${value.toFixed(4)}`);
    this.words.textContent = [`epoch ${seen.epoch} of ${seen.epochs}`,
      seen.steps ? `step ${seen.step} of ${seen.steps}` : "", ...measures]
      .filter(Boolean).join(", ");
    this.draw(seen.epochs ?? 1);
  }

  draw(epochs) {
    const lines = ["loss", "accuracy"].map((name, i) => {
      const known = this.points.filter((point) => Number.isFinite(point[name]));
      const top = name === "loss" ? Math.max(...known.map((point) => point.loss), 0.01) : 1;
      const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
      line.setAttribute("class", `c${i}`);
      line.setAttribute("points", known.map((point) =>
        `${(390 * point.at / epochs + 5).toFixed(1)},` +
        `${(115 - 110 * point[name] / top).toFixed(1)}`).join(" "));
      return line;
    });
    this.image.replaceChildren(...lines);
  }
}
