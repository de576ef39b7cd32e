"use strict";

const MOST_SENT = 20;
// Two windows may show one lesson, each with its own unsaved text.
const windowName = Math.random().toString(36).slice(2);

// The browser's copy of texts that aren't in the file yet. It may refuse to keep any.
const journal = {
  keys() {
    try { return Object.keys(localStorage); } catch { return []; }
  },
  read(key) {
    try { return JSON.parse(localStorage.getItem(key)) ?? {}; } catch { return {}; }
  },
  write(key, what) {
    try { localStorage.setItem(key, JSON.stringify(what)); return true; } catch { return false; }
  },
  remove(key) {
    try { localStorage.removeItem(key); } catch { /* then nothing is kept */ }
  },
};

const MOST_OUTPUT = 1_000_000; // characters of output that this browser keeps for a lesson

// The output of runs and the feedback, for the next time that the page is opened.
const outputs = {
  get key() { return `outputs ${learner}${lesson}`; },
  // The newest are at the end, and the oldest are removed first.
  write(cell, output) {
    const { [cell]: _, ...others } = journal.read(this.key);
    const kept = Object.entries({ ...others, [cell]: output });
    while (kept.length && JSON.stringify(kept).length > MOST_OUTPUT) kept.shift();
    journal.write(this.key, Object.fromEntries(kept));
  },
  remove(cell) {
    const { [cell]: _, ...others } = journal.read(this.key);
    journal.write(this.key, others);
  },
  read(cell) { return journal.read(this.key)[cell]; },
};

// One code cell: its editor, its buttons, and the output below it.
class Cell {
  constructor(section) {
    this.section = section;
    this.number = Number(section.dataset.number);
    this.base = section.dataset.version;
    this.exercise = section.dataset.exercise;
    this.editor = new Editor(section.querySelector(".editor"), Number(section.dataset.line));
    new Completion(this.editor, () => [...cells.values()].map((one) => one.editor.text).join("\n"));
    // The text from the server: somebody may have typed before this script was loaded.
    this.saved = this.editor.area.defaultValue;
    this.sent = []; // texts that may be in the file although there was no answer
    this.isKept = true;
    this.conflict = null;
    this.acts = {}; // the last press of each button, until it is answered
    this.curve = null;
    this.versions = []; // the texts of the earlier versions that are shown
    this.graded = null; // the text that its feedback is about
    this.editor.area.addEventListener("input", () => this.write());
    this.editor.area.addEventListener("keydown", (event) => {
      const isCommand = event.ctrlKey || event.altKey || event.metaKey;
      if (event.key !== "Enter" || !(isCommand || event.shiftKey)) return;
      event.preventDefault();
      this.act(event.altKey && this.exercise ? "grade" : "run");
      if (event.shiftKey) this.goOn();
    });
    section.addEventListener("click", (event) => {
      const action = event.target.closest("button[data-action]")?.dataset.action;
      const version = event.target.closest("button[data-version]")?.dataset.version;
      if (version) this.putIn(this.versions[version]);
      if (action === "stop") this.stop();
      else if (action === "copy") this.copy();
      else if (action === "reset") this.reset();
      else if (action) this.act(action);
    });
  }

  // By its exercise: the number changes when a cell is inserted above.
  get journals() { return `cell ${learner}${lesson} ${this.exercise ?? this.number}`; }

  get name() { return this.exercise ?? String(this.number); }

  get journal() { return `${this.journals} ${windowName}`; }

  get isWritten() { return this.sent.length > 0 || this.editor.text !== this.saved; }

  part(name) { return this.section.querySelector(`.${name}`); }

  place(action) { return this.part({ run: "shown", grade: "feedback" }[action] ?? "help"); }

  write() {
    if (this.isWritten) this.keep();
    else journal.remove(this.journal);
    this.showAge();
    say("Writing ...");
    saveSoon();
  }

  keep() {
    const { base, sent, editor: { text } } = this;
    this.isKept = journal.write(this.journal, { base, text, sent, at: Date.now() });
  }

  // Bring back text that was typed in this browser and never reached the file.
  bringBack() {
    // Older keys don't contain the name of a window.
    const found = journal.keys()
      .filter((key) => key === this.journals || key.startsWith(`${this.journals} `))
      .map((key) => ({ key, ...journal.read(key) }))
      .filter((kept) => typeof kept.text === "string");
    const [saved, unsaved] = [true, false].map((is) =>
      found.filter((kept) => (kept.text === this.saved) === is));
    for (const { key } of saved) journal.remove(key);
    if (!unsaved.length) return;
    // Text of other windows stays, and a later page brings it back.
    const newest = unsaved.reduce((a, b) => ((b.at ?? 0) > (a.at ?? 0) ? b : a));
    this.editor.text = newest.text;
    this.base = newest.base;
    this.sent = newest.sent;
    this.keep();
    if (this.isKept) journal.remove(newest.key);
    saveSoon();
  }

  async save() {
    const { number, base, exercise = "", editor: { text } } = this;
    this.remember(text);
    this.keep(); // before it is sent: the page may be gone when the answer comes
    const { shape } = main.dataset;
    const told = await ask(`${lesson}/save`, { number, base, exercise, shape, text }, SAVED_MS);
    if (told.conflict && this.sent.some((one) => strip(one) === told.theirs?.text)) {
      this.base = told.theirs.version; // it is this page's own text, whose answer was lost
      this.saved = told.theirs.text;
      return;
    }
    if (told.conflict) {
      this.dispute(told.theirs);
      return;
    }
    this.settle(text, told.version);
    update(told);
  }

  // If there are many, keep the first and the last: either may be the one in the file.
  remember(text) {
    const others = this.sent.filter((one) => one !== text);
    if (others.length >= MOST_SENT) others.splice(1, 1);
    this.sent = [...others, text];
  }

  settle(text, version) {
    this.saved = text;
    this.base = version;
    this.sent = [];
    if (this.isWritten) this.keep();
    else journal.remove(this.journal);
  }

  // The file contains another text: show both, so that neither is lost.
  dispute(theirs) {
    this.conflict = theirs ?? {};
    const words = paragraph(theirs
      ? "This cell was changed in the file meanwhile. Your text is above, the file's is below."
      : "This cell is gone from the file. Your text is kept here.");
    const shown = document.createElement("pre");
    shown.textContent = theirs?.text ?? "";
    const mine = makeButton("Keep mine", () => this.decide(this.editor.text));
    const other = makeButton("Take the file's", () => this.decide(theirs.text));
    this.part("conflict").replaceChildren(words, ...(theirs ? [shown, mine, other] : []));
  }

  // Whether there is a choice: a cell may also be gone from the file.
  get hasTwoTexts() { return Boolean(this.conflict?.version); }

  decide(text) {
    const { text: theirs, version } = this.conflict;
    this.conflict = null;
    this.sent = [];
    this.base = version;
    this.saved = theirs;
    this.part("conflict").replaceChildren();
    if (text !== this.editor.text) this.putIn(text);
    this.write();
    this.editor.area.focus();
  }

  // Take the file's current text, unless another one is being written here.
  take(told) {
    this.editor.first = told.line;
    if (this.conflict) {
      if (told.version !== this.conflict.version) this.dispute(told);
    } else if (told.version !== this.base && !this.isWritten) {
      this.editor.text = told.text;
      this.settle(told.text, told.version);
    }
    this.editor.draw();
    this.showAge();
  }

  // Whether the feedback below is about a different text from the one above.
  showAge() {
    const isEarlier = this.graded !== null && strip(this.graded) !== strip(this.editor.text);
    this.part("feedback").classList.toggle("earlier", isEarlier);
  }

  async act(action) {
    const isLong = action === "run" || action === "grade";
    if (isLong && this.conflict) {
      const words = this.hasTwoTexts ? "Two texts are here: choose one of them first."
        : "This cell is gone from the file, and only what is in the file is run or graded.";
      this.show(action, { words });
      return;
    }
    const act = this.acts[action] = { isAsked: false };
    const isLast = () => this.acts[action] === act;
    if (isLong) this.begin(action);
    try {
      await saveAll();
      if (!isLast()) return;
      act.isAsked = true;
      const told = await this.ask(action);
      if (isLast()) this.show(action, told);
    } catch (error) {
      if (isLast()) this.show(action, { words: explain(error) });
    }
    if (isLast()) this.end(action);
  }

  ask(action) {
    if (action === "run") return ask(`${lesson}/run`, { line: this.editor.first });
    const what = { exercise: this.exercise };
    return action === "grade" ? grade(what) : ask(`${lesson}/${action}`, what);
  }

  goOn() {
    [...cells.values()].find((one) => one.number > this.number)?.goTo();
  }

  goTo() {
    this.editor.area.focus();
    this.section.scrollIntoView({ block: "nearest" });
  }

  async copy() {
    const { area, text } = this.editor;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without https, a page can't write to the clipboard, but it can copy a selection.
      area.select();
      document.execCommand("copy");
    }
    say("Copied");
  }

  // Another text instead of this one; Ctrl+Z takes it back.
  putIn(text) {
    this.editor.area.focus();
    this.editor.replace(0, this.editor.text.length, text);
  }

  // Back to what the lesson gives.
  async reset() {
    try {
      const { number, exercise = "" } = this;
      const told = await ask(`${lesson}/original`, { number, exercise });
      this.putIn(told.text);
      // Outputs and feedback of the other text are not true of this one.
      for (const part of ["shown", "feedback"]) this.part(part).replaceChildren();
      this.editor.mark(0);
      for (const name of [this.name, this.feedbackKey]) outputs.remove(name);
    } catch (error) {
      this.part("help").replaceChildren(paragraph(explain(error)));
    }
  }

  async stop() {
    for (const action of ["run", "grade"]) {
      if (this.acts[action]?.isAsked ?? true) continue; // its own answer will report that
      this.show(action, { stopped: true });
      this.end(action);
    }
    await ask("stop").catch((error) => say(explain(error), true));
  }

  begin(action) {
    active[action] = this;
    this.curve = null;
    this.part("curve").replaceChildren();
    const words = paragraph(doing(action));
    this.place(action).replaceChildren(words);
    this.count(words, action, Date.now());
    this.showBusy();
  }

  // Count the seconds, as long as these words are on the page.
  count(words, action, from) {
    const s = Math.round((Date.now() - from) / 1000);
    if (s) words.textContent = `${doing(action)} ${s} s`;
    setTimeout(() => {
      if (words.isConnected && action in this.acts) this.count(words, action, from);
    }, 1000);
  }

  end(action) {
    delete this.acts[action];
    if (active[action] === this) delete active[action];
    this.showBusy();
  }

  showBusy() {
    const isBusy = "run" in this.acts || "grade" in this.acts;
    this.section.classList.toggle("busy", isBusy);
    this.section.querySelector("[data-action=stop]").hidden = !isBusy;
  }

  show(action, told) {
    const stopped = action === "run" ? "It was stopped." : "Stopped. Nothing was graded.";
    const words = told.stopped ? stopped : told.words;
    if (words) this.place(action).replaceChildren(paragraph(words));
    else if (action === "grade") showReport(told, this);
    else this.place(action).innerHTML = told.html; // the server escapes every text
    if (action === "versions") this.versions = told.texts;
    if (action === "run" && told.html) this.keepOutput(told.html);
  }

  keepOutput(html) {
    const { text, first } = this.editor;
    outputs.write(this.name, { html, text, first });
    const raised = this.part("shown").querySelector(".raised");
    if (!raised) return;
    // An earlier verdict beside an error would look like a verdict on this text.
    this.part("feedback").replaceChildren();
    outputs.remove(this.feedbackKey);
    markLine(Number(raised.dataset.line));
  }

  // Show the output of an earlier run, with a note if the text has changed since.
  bringBackOutput() {
    const kept = outputs.read(this.name);
    if (!kept) return;
    const place = this.part("shown");
    place.innerHTML = kept.html;
    if (strip(kept.text) === strip(this.editor.text)) {
      markLine(Number(place.querySelector(".raised")?.dataset.line));
      return;
    }
    const note = paragraph("This is from a run of an earlier text.");
    note.className = "quiet";
    place.prepend(note);
  }

  // Show what a grading says of the text that it is about.
  showFeedback({ html, text, is_right, is_open }) {
    const place = this.part("feedback");
    place.classList.toggle("right", is_right);
    place.classList.toggle("open", is_open);
    place.innerHTML = html;
    this.graded = text;
    this.showAge();
    // The next hint is about a mistake that isn't there any more.
    if (is_right && this.part("help").querySelector(".hints")) this.part("help").replaceChildren();
    outputs.write(this.feedbackKey, { html, text, is_right, is_open });
  }

  get feedbackKey() { return `feedback ${this.name}`; }

  bringBackFeedback() {
    const kept = outputs.read(this.feedbackKey);
    if (kept) this.showFeedback(kept);
  }

  // Show the place in the queue, which is 0 when the wait is over.
  wait({ kind, place }) {
    const waits = kind === "run" ? "for a run" : "to be graded";
    const words = place ? `You are number ${place} of those who wait ${waits} ...` : doing(kind);
    this.place(kind).replaceChildren(paragraph(words));
  }

  // Show output while the cell runs; the answer replaces all of it.
  print(text) {
    const place = this.part("shown");
    const shown = place.querySelector("pre") ?? document.createElement("pre");
    if (!shown.isConnected) place.append(shown);
    shown.append(text);
    shown.scrollTop = shown.scrollHeight;
  }

  train(seen) {
    this.curve ??= new Curve(this.part("curve"));
    this.curve.add(seen);
  }
}

// The cell at the end that is in no file: only this browser keeps it.
class Scratch extends Cell {
  get key() { return `scratch ${learner}${lesson}`; }

  get name() { return "scratch"; }

  write() {
    if (this.editor.text) journal.write(this.key, { text: this.editor.text });
    else journal.remove(this.key);
  }

  bringBack() {
    this.editor.text = journal.read(this.key).text ?? "";
  }

  // Another window of this lesson may have changed it.
  follow(event) {
    if (event.key === this.key) this.bringBack();
  }

  // The kept output counts lines as its run did.
  bringBackOutput() {
    this.editor.first = outputs.read(this.name)?.first ?? this.editor.first;
    this.editor.draw();
    super.bringBackOutput();
  }

  async ask() {
    const told = await ask(`${lesson}/scratch`, { text: this.editor.text });
    if (told.line) this.editor.first = told.line; // as the lines of an error are counted
    this.editor.draw();
    return told;
  }
}

function doing(action) {
  return action === "run" ? "Running ..." : "Grading ...";
}

// Return a text as in the file, without empty lines around it.
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
