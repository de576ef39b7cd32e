import { paragraph } from "./page.js";

// The curves of a training, drawn while it runs: the loss and the accuracy separately,
// each with its value on the validation images. If several trainings run one after the
// other, the curves begin again with each.
const SVG = "http://www.w3.org/2000/svg";
const BOX = { x: 44, y: 8, wide: 308, tall: 96, width: 360, height: 138 };

export class Curve {
  constructor(place) {
    this.points = [];
    this.words = document.createElement("p");
    this.charts = document.createElement("div");
    this.charts.setAttribute("aria-hidden", "true");
    this.legend = paragraph("");
    this.legend.className = "quiet";
    place.replaceChildren(this.words, this.charts, this.legend);
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
    const measures = ["loss", "accuracy"].filter((name) => this.pathOf(name).length);
    this.charts.replaceChildren(...measures.map((name) => this.chart(name, epochs)));
    const hasValidation = measures.some((name) => this.pathOf(`val_${name}`).length);
    this.legend.textContent = measures.length
      ? `Solid: the training images.${hasValidation ? " Dashed: the validation images." : ""}`
      : "";
  }

  chart(name, epochs) {
    const [own, validation] = [this.pathOf(name), this.pathOf(`val_${name}`)];
    const most = Math.max(...[...own, ...validation].map(([, value]) => value));
    const top = name === "accuracy" && most <= 1 ? 1 : roundUp(most);
    const across = (at) => BOX.x + BOX.wide * Math.min(1, at / epochs);
    const up = (value) => BOX.y + BOX.tall * (1 - Math.max(0, value) / top);
    const image = element("svg", { viewBox: `0 0 ${BOX.width} ${BOX.height}`, class: "chart" });
    for (const part of [0, 0.5, 1]) {
      const y = up(part * top);
      image.append(
        element("line", { x1: BOX.x, x2: BOX.x + BOX.wide, y1: y, y2: y, class: "grid" }),
        label(Number((part * top).toPrecision(3)), BOX.x - 6, y + 4, "end"));
    }
    const every = Math.ceil(epochs / 10);
    for (let epoch = 0; epoch <= epochs; epoch += every) {
      image.append(label(epoch, across(epoch), BOX.y + BOX.tall + 14, "middle"));
    }
    image.append(
      element("rect", { x: BOX.x, y: BOX.y, width: BOX.wide, height: BOX.tall, class: "frame" }),
      label("epoch", BOX.x + BOX.wide / 2, BOX.height - 4, "middle"),
      label(name, -BOX.y - BOX.tall / 2, 11, "middle", "rotate(-90)"));
    for (const [path, kind] of [[own, "c0"], [validation, "c1"]]) {
      const points = path.map(([at, value]) =>
        `${across(at).toFixed(1)},${up(value).toFixed(1)}`).join(" ");
      image.append(element("polyline", { points, class: kind }));
    }
    return image;
  }

  // Return the points at which a measure is a number, with the training's progress.
  pathOf(name) {
    return this.points.filter((point) => Number.isFinite(point[name]))
      .map((point) => [point.at, point[name]]);
  }
}

function element(kind, facts) {
  const made = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(facts)) made.setAttribute(name, value);
  return made;
}

function label(words, x, y, anchor, transform = "") {
  const made = element("text", { x, y, "text-anchor": anchor });
  if (transform) made.setAttribute("transform", transform);
  made.textContent = words;
  return made;
}

// Return the next of 1, 2 and 5 times a power of ten.
export function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-3)));
  return power * [1, 2, 5, 10].find((times) => times * power >= value);
}
