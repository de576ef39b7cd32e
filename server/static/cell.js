"use strict";

const MOST_SENT = 20;
// Two windows may show one lesson, each with words of its own that are not saved yet.
const windowName = Math.random().toString(36).slice(2);

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

  get journals() { return `cell ${learner}${lesson} ${this.number}`; }

  get journal() { return `${this.journals} ${windowName}`; }

  get isWritten() { return this.editor.text !== this.saved; }

  part(name) { return this.section.querySelector(`.${name}`); }

  write() {
    this.keep();
    say("Writing ...");
    saveSoon();
  }

  keep() {
    const { base, sent, editor: { text } } = this;
    const kept = { base, text, sent, at: Date.now() };
    const words = JSON.stringify(kept);
    try { localStorage.setItem(this.journal, words); } catch { /* it is full or closed */ }
  }

  // What was typed in this browser and never reached the file.
  bringBack() {
    // A key without a window's name was kept before windows had one.
    const found = Object.keys(localStorage)
      .filter((key) => key === this.journals || key.startsWith(`${this.journals} `))
      .map((key) => ({ key, ...JSON.parse(localStorage.getItem(key)) }));
    const [saved, unsaved] = [true, false].map((is) =>
      found.filter((kept) => (kept.text === this.saved) === is));
    for (const { key } of saved) localStorage.removeItem(key);
    if (!unsaved.length) return;
    // What another window kept before stays, and is brought back by a later page.
    const newest = unsaved.reduce((a, b) => ((b.at ?? 0) > (a.at ?? 0) ? b : a));
    this.editor.text = newest.text;
    this.base = newest.base;
    this.sent = newest.sent;
    this.keep();
    localStorage.removeItem(newest.key);
    saveSoon();
  }

  async save() {
    const text = this.editor.text;
    this.sent = [...this.sent, text].slice(-MOST_SENT);
    this.keep(); // before it is sent: the answer may come when this page is gone
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
    place.replaceChildren(paragraph(doing(action)));
  }

  end() {
    this.section.classList.remove("busy");
    this.section.querySelector("[data-action=stop]").hidden = true;
  }

  async run(place) {
    const told = await ask(`${lesson}/run`, { line: this.editor.first });
    if (told.stopped) place.replaceChildren(paragraph("It was stopped."));
    else place.innerHTML = told.html; // made by the server, which escapes every text
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

  // The place among those who wait; 0 when the waiting is over.
  wait({ kind, place }) {
    const isRun = kind === "run";
    const waits = isRun ? "for a run" : "to be graded";
    const words = place ? `You are number ${place} of those who wait ${waits} ...` : doing(kind);
    this.part(isRun ? "shown" : "feedback").replaceChildren(paragraph(words));
  }

  train(seen) {
    this.curve ??= new Curve(this.part("curve"));
    this.curve.add(seen);
  }
}

function doing(action) {
  return action === "run" ? "Running ..." : "Grading ...";
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
