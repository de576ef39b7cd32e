import { lesson, makeButton, paragraph } from "./page.js";
import { saveInOneText } from "./saving.js";
import { Problem, explain, post } from "./server.js";

// Hand in a file from the learner's own editor: it becomes their file of this lesson.
class HandIn {
  constructor(place) {
    this.place = place;
    this.answer = place.querySelector(".answer");
    const input = place.querySelector("input");
    input.addEventListener("change", () => {
      if (input.files.length) this.send(input.files[0]);
      input.value = ""; // the same file may be chosen again
    });
    document.addEventListener("dragover", (event) => {
      if (event.dataTransfer.types.includes("Files")) event.preventDefault();
    });
    document.addEventListener("drop", (event) => {
      const [file] = event.dataTransfer.files;
      if (!file) return;
      event.preventDefault();
      this.send(file);
    });
  }

  // Without an agreement the room only asks if a file would be replaced.
  async send(file, replaces = false) {
    this.last = file;
    this.answer.replaceChildren(paragraph("Handing in ..."));
    this.place.scrollIntoView({ block: "center" });
    try {
      this.check(file);
      await saveInOneText();
      const query = new URLSearchParams({ name: file.name, ...(replaces && { replaces }) });
      const told = await post(`${lesson}/hand-in?${query}`, file);
      if (!told.asks) location.reload();
      else if (this.last === file) this.ask(told.asks, file);
    } catch (error) {
      if (this.last === file) this.answer.replaceChildren(paragraph(explain(error)));
    }
  }

  // A server hangs up while it gets a file that is too large.
  check({ name, size }) {
    const { python, notebook } = this.place.dataset;
    const most = Number(name.toLowerCase().endsWith(".ipynb") ? notebook : python);
    const limit = most < 1e6 ? `${most / 1e3} kB` : `${most / 1e6} MB`;
    if (size > most) throw new Problem(`${name} is too large: the limit is ${limit}. Is it the right file?`);
  }

  ask(words, file) {
    const answer = (label, act) => makeButton(label, () => { this.answer.replaceChildren(); act(); });
    const buttons = paragraph("");
    buttons.className = "buttons";
    buttons.append(answer("Replace my file", () => this.send(file, true)), answer("Keep my file", () => {}));
    this.answer.replaceChildren(paragraph(words), buttons);
    buttons.lastChild.focus();
  }
}

new HandIn(document.querySelector("#hand-in"));
