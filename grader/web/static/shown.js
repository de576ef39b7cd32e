// What the page shows about the learner's texts: outputs, verdicts, marks at lines. Each
// place knows the texts that its content is about, so that nothing is taken for a text
// that it isn't about.
import { outputs } from "./journal.js";
import { cells, page, paragraph, strip } from "./page.js";

const WORD = /[\p{L}_][\p{L}\p{N}_]*/gu;
// A function, a class, or the names in front of an equals sign, at the top level.
const DEFINITION = /^(?:(?:def|class) +(\w+)|([\w, ]+?) *=(?!=))/gm;
const LINES = /\blines? (\d+)/gi;

// One place of the page, and the texts that its content is about.
export class Shown {
  static all = [];

  // With a name, the content is there again when the page is opened again.
  constructor(place, { cell = null, name = "" } = {}) {
    Object.assign(this, { place, cell, name });
    this.reset();
    Shown.all.push(this);
  }

  // Whether a screen reader reads what is shown here from now on.
  announce(is) { this.place.ariaLive = is ? "polite" : "off"; }

  reset() {
    this.texts = new Map(); // by cell: its text, and its first line if that matters
    this.marks = []; // cell, index of a line in it, sign
    this.isRefusal = false;
    this.place.classList.remove("right", "open", "earlier");
  }

  clear() {
    this.reset();
    this.place.replaceChildren();
    if (this.name) outputs.remove(this.name);
    compareAll();
  }

  // Show what is about no text.
  say(...nodes) {
    this.clear();
    this.place.replaceChildren(...nodes);
    this.cell?.nameButtons();
  }

  // Show why something couldn't be done with the present texts.
  refuse(words) {
    this.say(paragraph(words));
    this.isRefusal = true;
    this.texts = takeTexts((cell) => cell.editor);
  }

  // Show what is about the given texts of all cells; `lines` are numbers with signs, and
  // `uses` are the cells that it is also about.
  show(html, texts, { lines = [], kind = "", uses = [] } = {}) {
    this.reset();
    this.place.innerHTML = html; // the server escapes every text
    if (kind) this.place.classList.add(kind);
    for (const [cell, { text }] of texts) {
      if (this.cell ? cell === this.cell : cell !== page.scratch) this.texts.set(cell, { text });
    }
    for (const cell of uses) this.texts.set(cell, { text: texts.get(cell).text });
    const { numbers, tags } = this.mentions();
    for (const cell of cells.values()) {
      if (tags.has(cell.exercise)) this.texts.set(cell, { text: texts.get(cell).text });
    }
    const places = lines.map(([line, sign]) => [...locate(line, texts), sign]);
    this.marks = places.filter(([cell]) => cell);
    for (const [cell] of [...this.marks, ...numbers.map((line) => locate(line, texts))]) {
      if (cell) this.texts.set(cell, texts.get(cell));
    }
    if (this.name) this.keep(kind);
    this.cell?.nameButtons();
    compareAll();
  }

  // The parts that are about the texts, if the rest isn't.
  get parts() { return this.place.querySelectorAll(".of-text"); }

  // Remove the content that is about texts.
  clearTexts() {
    const { parts } = this;
    for (const part of parts) part.remove();
    if (parts.length && this.place.textContent.trim()) this.reset();
    else this.clear();
  }

  // Note that the content is about these texts of its cell.
  about(texts) {
    this.texts = new Map([[this.cell, { text: texts.get(this.cell).text }]]);
    compareAll();
  }

  // The lines and the exercises that the content mentions.
  mentions() {
    const content = this.place.cloneNode(true);
    const links = [...content.querySelectorAll("[data-line]")].map((one) => one.dataset.line);
    // The numbers in a cell's output aren't those of lines, and links lead elsewhere.
    for (const one of content.querySelectorAll(".printed, a, button")) one.remove();
    const words = content.textContent;
    const written = [...words.matchAll(LINES)].map((found) => found[1]);
    return {
      numbers: [...links, ...written].map(Number),
      tags: new Set(words.match(/\b\d+[a-z]\b/g)),
    };
  }

  keep(kind) {
    const texts = [...this.texts].map(([cell, facts]) => [cell.name, facts]);
    const marks = this.marks.map(([cell, ...place]) => [cell.name, ...place]);
    const content = this.place.cloneNode(true);
    content.querySelector(".next")?.remove(); // another grading may change it
    outputs.write(this.name, { html: content.innerHTML, kind, texts, marks });
  }

  // Show again what was kept; a cell that it is about may be gone.
  bringBack() {
    const { html, kind, texts, marks } = outputs.read(this.name) ?? {};
    const named = new Map([...cells.values(), page.scratch].map((cell) => [cell.name, cell]));
    if (!texts?.every(([name]) => named.has(name))) return;
    this.place.innerHTML = html;
    if (kind) this.place.classList.add(kind);
    this.texts = new Map(texts.map(([name, facts]) => [named.get(name), facts]));
    this.marks = marks.map(([name, ...place]) => [named.get(name), ...place]);
  }

  get isCurrent() { return !this.changed.length; }

  // The cells that have other texts now.
  get changed() {
    return [...this.texts].filter(([cell, { text, first = cell.editor.first }]) =>
      strip(text) !== strip(cell.editor.text) || first !== cell.editor.first,
    ).map(([cell]) => cell);
  }
}

// The text of each cell, in the file or in its editor, and its first line. What is taken
// later has a higher number.
let taken = 0;
export function takeTexts(place = (cell) => cell.inFile) {
  const texts = new Map([...cells.values(), page.scratch].map((cell) => {
    const { text, first } = place(cell);
    return [cell, { text, first }];
  }));
  return Object.assign(texts, { number: (taken += 1) });
}

// The cells above one that define what it uses, as far as names show it.
export function findUsed(cell, texts) {
  const above = [...texts].slice(0, [...texts.keys()].indexOf(cell)).reverse();
  const wordsOf = (text) => text.replace(/#.*/g, "").match(WORD) ?? [];
  const needed = new Set(wordsOf(texts.get(cell).text));
  return above.filter(([, { text }]) => {
    const defined = [...text.matchAll(DEFINITION)].flatMap(
      ([, one, several]) => (one ?? several).match(WORD) ?? []);
    if (!defined.filter((name) => needed.delete(name)).length) return false;
    for (const word of wordsOf(text)) needed.add(word);
    return true;
  }).map(([one]) => one);
}

// The cell that has a line in these texts, and the index of the line in it.
export function locate(line, texts) {
  for (const [cell, { text, first }] of texts) {
    const index = line - first;
    if (index >= 0 && index < text.split("\n").length) return [cell, index];
  }
  return [];
}

// Before something new is shown, what is about other texts goes.
export function clearEarlier(places) {
  for (const shown of places) if (!shown.isCurrent) shown.clearTexts();
}

// Compare everything that is shown with the present texts: what is about others says so,
// and has no marks. This is called after every change of either.
export function compareAll() {
  const marks = new Map();
  for (const shown of Shown.all) {
    const { changed, isCurrent } = shown;
    shown.place.classList.toggle("earlier", !isCurrent);
    const isOfRun = shown === shown.cell?.run;
    const isAbove = (cell) => cell !== shown.cell && !(cell.number > shown.cell.number);
    shown.place.classList.toggle("above", isOfRun && !isCurrent && changed.every(isAbove));
    if (!isCurrent && shown.isRefusal) shown.clear();
    for (const [cell, index, sign] of isCurrent ? shown.marks : []) {
      marks.set(cell, { ...marks.get(cell), [index]: sign });
    }
  }
  for (const cell of [...cells.values(), page.scratch]) cell.editor.mark(marks.get(cell) ?? {});
  for (const cell of cells.values()) cell.resetButton.hidden = !cell.hasReset;
  compareStates();
}

// An outcome in the list of exercises is that of the text that was graded last.
function compareStates() {
  for (const cell of cells.values()) {
    const link = document.querySelector(`#states a[href="#${cell.exercise}"]`);
    const outcome = link?.querySelector(".outcome:not(.not-attempted)");
    if (!outcome) continue;
    const isEarlier = strip(cell.graded) !== strip(cell.editor.text);
    const word = (outcome.dataset.word ??= outcome.title);
    outcome.title = isEarlier ? `${word}, with an earlier text` : word;
    outcome.querySelector(".spoken").textContent = outcome.title;
    link.classList.toggle("earlier", isEarlier);
  }
}

// Words for work in progress, with its seconds, which a screen reader doesn't announce.
export class Progress {
  constructor(place, words) {
    this.words = document.createTextNode(words);
    [this.part, this.seconds] = [0, 1].map(() => document.createElement("span"));
    for (const one of [this.part, this.seconds]) one.ariaHidden = "true";
    this.line = document.createElement("p");
    this.line.append(this.words, this.part, this.seconds);
    this.began = Date.now();
    place.prepend(this.line);
    this.count();
  }

  say(words) { this.words.data = words; }

  note(words) { this.part.textContent = words; }

  count() {
    if (!this.line.isConnected) return;
    const s = Math.round((Date.now() - this.began) / 1000);
    if (s) this.seconds.textContent = ` ${s} s`;
    setTimeout(() => this.count(), 1000);
  }
}

export function doing(action) {
  return action === "run" ? "Running ..." : "Grading ...";
}

export function placeInQueue(action, place) {
  const waits = action === "run" ? "for a run" : "to be graded";
  return place ? `You are number ${place} of those who wait ${waits} ...` : doing(action);
}
