"use strict";

// The curve of a training, drawn while it trains. Where several train one after the other,
// each has the curve for itself: it begins again where a training does.
class Curve {
  constructor(place) {
    this.points = [];
    this.words = document.createElement("p");
    this.image = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.image.setAttribute("viewBox", "0 0 400 120");
    this.image.setAttribute("aria-hidden", "true");
    this.legend = paragraph("");
    this.legend.className = "quiet";
    place.replaceChildren(this.words, this.image, this.legend);
  }

  add(seen) {
    const part = seen.steps ? seen.step / seen.steps : 1;
    const at = Math.max(0, (seen.epoch ?? 1) - 1) + part;
    const last = this.points.at(-1);
    if (last && (at < last.at || seen.epochs !== last.epochs)) this.points = [];
    this.points.push({ at, ...seen });
    const measures = Object.entries(seen)
      .filter(([name]) => !["epoch", "epochs", "step", "steps"].includes(name))
      .map(([name, value]) => `${name} ${value.toFixed?.(4) ?? value}`);
    this.words.textContent = [`epoch ${seen.epoch} of ${seen.epochs}`,
      seen.steps ? `step ${seen.step} of ${seen.steps}` : "", ...measures]
      .filter(Boolean).join(", ");
    this.draw(seen.epochs ?? 1);
  }

  draw(epochs) {
    const losses = this.numbersOf("loss");
    const top = Math.max(...losses, 0.01);
    const line = (name, kind, most) => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
      made.setAttribute("class", kind);
      made.setAttribute("points", this.points
        .filter((point) => Number.isFinite(point[name]))
        .map((point) => `${(390 * point.at / epochs + 5).toFixed(1)},` +
          `${(115 - 110 * point[name] / most).toFixed(1)}`).join(" "));
      return made;
    };
    this.image.replaceChildren(line("loss", "c0", top), line("accuracy", "c1", 1));
    const words = [];
    if (losses.length) words.push(`Solid: the loss, from 0 to ${top.toFixed(2)}.`);
    if (this.numbersOf("accuracy").length) words.push("Dashed: the accuracy, from 0 to 1.");
    this.legend.textContent = words.join(" ");
  }

  numbersOf(name) {
    return this.points.map((point) => point[name]).filter(Number.isFinite);
  }
}
