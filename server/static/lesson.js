// The page of a lesson: saves what is written, asks for runs and gradings, and shows
// what comes back. The file on the disk is the truth; what is not saved yet is kept in
// this browser as well, so that a closed tab or a server that is away loses nothing.
"use strict";

const WAIT_MS = 300;
const AGAIN_MS = 1000;
const MOST_SENT = 20;
const main = document.querySelector("main[data-lesson]");
const lesson = main?.dataset.lesson;
const status = document.querySelector("#saved");
const cells = new Map();
let active = null;
let isSaving = false;
let isOutdated = false;

async function ask(name, what = {}) {
  const answer = await fetch(`/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Lesson": "1" },
    body: JSON.stringify(what),
  });
  const told = await answer.json().catch(() => ({ problem: answer.statusText }));
  if (told.problem) throw new Problem(told.problem);
  if (!answer.ok) throw new Problem(`The server answers with ${answer.status}.`);
  return told;
}

class Problem extends Error {}

function say(words, isTrouble = false) {
  status.textContent = words;
  status.classList.toggle("trouble", isTrouble);
}

// One code cell: its editor, its buttons, and what is shown under it.
class Cell {
  constructor(section) {
    this.section = section;
    this.number = Number(section.dataset.number);
    this.base = section.dataset.version;
    this.exercise = section.dataset.exercise;
    this.editor = new Editor(section.querySelector(".editor"), Number(section.dataset.line));
    this.saved = this.editor.text;
    this.sent = []; // texts that may be in the file although no answer has come
    this.conflict = null;
    this.curve = null;
    this.editor.area.addEventListener("input", () => this.write());
    this.editor.area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.altKey || event.metaKey)) return;
      event.preventDefault();
      this.act(event.altKey && this.exercise ? "grade" : "run");
    });
    section.addEventListener("click", (event) => {
      const action = event.target.closest("button[data-action]")?.dataset.action;
      if (action) this.act(action);
    });
  }

  get journal() { return `cell ${lesson} ${this.number}`; }

  get isWritten() { return this.editor.text !== this.saved; }

  part(name) { return this.section.querySelector(`.${name}`); }

  write() {
    this.keep();
    say("Writing ...");
    saveSoon();
  }

  keep() {
    const kept = { base: this.base, text: this.editor.text, sent: this.sent };
    const words = JSON.stringify(kept);
    try { localStorage.setItem(this.journal, words); } catch { /* it is full or closed */ }
  }

  // What was typed in this browser and never reached the file.
  bringBack() {
    const kept = JSON.parse(localStorage.getItem(this.journal) ?? "null");
    if (!kept || kept.text === this.saved) {
      localStorage.removeItem(this.journal);
      return;
    }
    this.editor.text = kept.text;
    this.base = kept.base;
    this.sent = kept.sent;
    saveSoon();
  }

  async save() {
    const text = this.editor.text;
    this.sent = [...this.sent, text].slice(-MOST_SENT);
    this.keep();
    const told = await ask(`${lesson}/save`, { number: this.number, base: this.base, text });
    if (told.conflict && this.sent.some((one) => strip(one) === told.theirs?.text)) {
      this.base = told.theirs.version; // it is this page's own, of which no word came
      this.saved = told.theirs.text;
      return;
    }
    if (told.conflict) {
      this.dispute(told.theirs);
      return;
    }
    this.settle(text, told.cells[this.number]?.version ?? this.base);
    update(told);
  }

  settle(text, version) {
    this.saved = text;
    this.base = version;
    this.sent = [];
    if (this.isWritten) this.keep();
    else localStorage.removeItem(this.journal);
  }

  // The file holds another text: both are shown, and neither is lost.
  dispute(theirs) {
    this.conflict = theirs;
    const words = document.createElement("p");
    words.textContent = theirs
      ? "This cell was changed in the file meanwhile. Above is your text, below the file's."
      : "This cell is gone from the file. Your text is kept here.";
    const shown = document.createElement("pre");
    shown.textContent = theirs?.text ?? "";
    const mine = makeButton("Keep mine", () => this.decide(this.editor.text));
    const other = makeButton("Take the file's", () => this.decide(theirs.text));
    this.part("conflict").replaceChildren(words, ...(theirs ? [shown, mine, other] : []));
    say("Not saved: look at the cell with two texts.", true);
  }

  decide(text) {
    const { text: theirs, version } = this.conflict;
    this.conflict = null;
    this.sent = [];
    this.base = version;
    this.saved = theirs;
    this.part("conflict").replaceChildren();
    this.editor.text = text;
    this.write();
    this.editor.area.focus();
  }

  // Take what the file holds now, unless something else is being written here.
  take(told) {
    this.editor.first = told.line;
    if (told.version !== this.base && !this.isWritten && !this.conflict) {
      this.editor.text = told.text;
      this.settle(told.text, told.version);
    }
    this.editor.draw();
  }

  async act(action) {
    if (action === "stop") {
      await ask("stop");
      return;
    }
    const place = this.part({ run: "shown", grade: "feedback" }[action] ?? "help");
    const isLong = action === "run" || action === "grade";
    if (isLong) this.begin(action, place);
    try {
      await saveAll();
      await this[action](place);
    } catch (error) {
      place.replaceChildren(paragraph(explain(error)));
    }
    if (isLong) this.end();
  }

  begin(action, place) {
    active = this;
    this.curve = null;
    this.part("curve").replaceChildren();
    this.section.classList.add("busy");
    this.section.querySelector("[data-action=stop]").hidden = false;
    place.replaceChildren(paragraph(action === "run" ? "Running ..." : "Grading ..."));
  }

  end() {
    this.section.classList.remove("busy");
    this.section.querySelector("[data-action=stop]").hidden = true;
  }

  async run(place) {
    const told = await ask(`${lesson}/run`, { line: this.editor.first });
    place.innerHTML = told.html;
  }

  async grade(place) {
    const told = await ask(`${lesson}/grade`, { exercise: this.exercise });
    if (told.stopped) {
      place.replaceChildren(paragraph("Stopped. Nothing was graded."));
      return;
    }
    showReport(told, this);
  }

  async hint(place) {
    place.innerHTML = (await ask(`${lesson}/hint`, { exercise: this.exercise })).html;
  }

  async solution(place) {
    place.innerHTML = (await ask(`${lesson}/solution`, { exercise: this.exercise })).html;
  }

  train(seen) {
    this.curve ??= new Curve(this.part("curve"));
    this.curve.add(seen);
  }
}

// A text as the file has it: without empty lines around it.
function strip(text) {
  return text.replace(/^\n+|\n+$/g, "");
}

function paragraph(words) {
  const made = document.createElement("p");
  made.textContent = words;
  return made;
}

function makeButton(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

function showReport(told, pressed) {
  for (const cell of cells.values()) cell.editor.mark(0);
  for (const cell of cells.values()) {
    const own = told.exercises[cell.exercise];
    if (!own) continue;
    const place = cell.part("feedback");
    place.classList.toggle("right", own.is_right);
    if (told.loads) {
      place.innerHTML = own.html;
      markLine(own.line);
    } else {
      place.replaceChildren();
    }
  }
  document.querySelector("#states").innerHTML = told.states;
  const isAtCell = pressed && !told.loads;
  const whole = isAtCell ? pressed.part("feedback") : document.querySelector("#whole");
  whole.innerHTML = told.whole;
  markLine(told.line);
}

// Grade the whole lesson, for a command that stands in its text.
async function gradeAll() {
  const place = document.querySelector("#whole");
  place.replaceChildren(paragraph("Grading ..."));
  place.scrollIntoView({ block: "center" });
  active = [...cells.values()].findLast((cell) => cell.exercise) ?? null;
  try {
    await saveAll();
    const told = await ask(`${lesson}/grade`);
    if (told.stopped) place.replaceChildren(paragraph("Stopped. Nothing was graded."));
    else showReport(told, null);
  } catch (error) {
    place.replaceChildren(paragraph(explain(error)));
  }
}

function explain(error) {
  return error instanceof Problem
    ? error.message
    : "The server does not answer. It is started in the terminal, with serve.";
}

function editorOf(line) {
  return [...cells.values()].map((cell) => cell.editor).find((one) => one.holds(line));
}

function markLine(line) {
  if (line) editorOf(line)?.mark(line);
}

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

let timer = 0;

function saveSoon(wait = WAIT_MS) {
  clearTimeout(timer);
  timer = setTimeout(saveAll, wait);
}

// Save every cell that was written in, one after the other.
async function saveAll() {
  while (isSaving) await new Promise((done) => setTimeout(done, 20));
  isSaving = true;
  try {
    for (const cell of cells.values()) {
      while (cell.isWritten && !cell.conflict) await cell.save();
    }
    if (![...cells.values()].some((cell) => cell.conflict)) say("Saved");
  } catch (error) {
    if (error instanceof Problem) {
      say(`Not saved: ${error.message}`, true);
    } else {
      say("Not saved: the server is away. What you write is kept in this browser.", true);
    }
    saveSoon(AGAIN_MS);
    throw error;
  } finally {
    isSaving = false;
  }
}

function update(told) {
  if (told.shape !== main.dataset.shape) {
    isOutdated = true;
    status.replaceChildren("The file has other cells now than this page. ",
      makeButton("Show them", () => location.reload()));
    return;
  }
  for (const [number, cell] of cells) {
    if (told.cells[number]) cell.take(told.cells[number]);
  }
}

async function look() {
  if (isSaving || isOutdated) return;
  const answer = await fetch(`/${lesson}/cells`);
  if (answer.ok && !isSaving) update(await answer.json());
}

function listen() {
  const events = new EventSource("/events");
  events.addEventListener("open", () => { look(); if (hasWritten()) saveSoon(0); });
  events.addEventListener("changed", (event) => {
    if (JSON.parse(event.data).lesson === lesson) look();
  });
  events.addEventListener("progress", (event) => {
    const told = JSON.parse(event.data);
    if (told.lesson === lesson && active) active.train(told.seen);
  });
}

function hasWritten() {
  return [...cells.values()].some((cell) => cell.isWritten);
}

function begin() {
  for (const section of document.querySelectorAll("section.code")) {
    const cell = new Cell(section);
    cells.set(cell.number, cell);
  }
  for (const cell of cells.values()) cell.bringBack();
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-command=grade]")) gradeAll();
    const line = Number(event.target.closest("a[data-line]")?.dataset.line);
    const editor = line && editorOf(line);
    if (!editor) return;
    event.preventDefault();
    editor.go(line);
  });
  addEventListener("beforeunload", (event) => {
    if (hasWritten()) event.preventDefault();
  });
  listen();
}

if (main) begin();
