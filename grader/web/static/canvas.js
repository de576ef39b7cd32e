import { lesson, paragraph } from "./page.js";
import { ask, explain } from "./server.js";

// The canvas on which a learner draws a digit for their own network: white on black,
// like the images that it was trained on.
class DigitCanvas {
  constructor(section) {
    this.canvas = section.querySelector("canvas");
    this.answer = section.querySelector(".answer");
    this.pen = this.canvas.getContext("2d", { willReadFrequently: true });
    this.last = null;
    this.asked = 0; // so that the answer to an earlier drawing isn't shown
    this.clear();
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) {
      this.canvas.addEventListener(end, () => { this.last = null; });
    }
    section.addEventListener("click", (event) => {
      const action = event.target.closest("button")?.dataset.draw;
      if (action === "clear") this.clear();
      if (action === "classify") this.classify();
    });
    const file = section.querySelector("input[type=file]");
    file.addEventListener("change", () => {
      if (file.files[0]) this.send(file.files[0]);
      file.value = ""; // allows choosing the same file again
    });
  }

  // An answer is about the drawing as it was.
  forget() {
    this.asked += 1;
    this.answer.replaceChildren();
  }

  clear() {
    this.forget();
    this.pen.fillStyle = "#000";
    this.pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  begin(event) {
    event.preventDefault();
    this.forget();
    this.canvas.setPointerCapture(event.pointerId);
    this.last = this.place(event);
    this.line(this.last, this.last);
  }

  move(event) {
    if (!this.last) return;
    const here = this.place(event);
    this.line(this.last, here);
    this.last = here;
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = this.canvas.width / box.width;
    return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
  }

  line(from, to) {
    Object.assign(this.pen, { strokeStyle: "#fff", lineWidth: 22, lineCap: "round" });
    this.pen.beginPath();
    this.pen.moveTo(from.x, from.y);
    this.pen.lineTo(to.x, to.y);
    this.pen.stroke();
  }

  async classify() {
    this.send(await new Promise((done) => this.canvas.toBlob(done, "image/png")));
  }

  async send(file) {
    const own = this.asked += 1;
    const isLast = () => own === this.asked;
    if (file.size > 20_000_000) {
      this.answer.replaceChildren(paragraph("This file is too large: the limit is 20 MB."));
      return;
    }
    this.answer.replaceChildren(paragraph("Your network looks at it ..."));
    try {
      const told = await ask(`${lesson}/draw`, { png: toBase64(await file.arrayBuffer()) });
      if (isLast()) this.answer.innerHTML = told.html; // the server escapes every text
    } catch (error) {
      if (isLast()) this.answer.replaceChildren(paragraph(explain(error)));
    }
  }
}

function toBase64(buffer) {
  const bytes = new Uint8Array(buffer);
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) {
    text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  }
  return btoa(text);
}

new DigitCanvas(document.querySelector("#draw"));
