// A cell of code with its editor and buttons, and the one at the end that is in no file.
import { showClass } from "./class_state.js";
import { Completion } from "./complete.js";
import { Curve } from "./curve.js";
import { Editor } from "./editor.js";
import { journal, outputs, windowName } from "./journal.js";
import { cells, learner, lesson, makeButton, page, paragraph, strip } from "./page.js";
import { showReport } from "./report.js";
import { saveAll, saveSoon, say, update } from "./saving.js";
import { ask, explain } from "./server.js";
import {
  Progress, Shown, clearEarlier, compareAll, doing, findUsed, placeInQueue, takeTexts,
} from "./shown.js";

const SAVED_MS = 10_000;
const MOST_SENT = 20;
// One code cell: its editor, its buttons, and the output below it.
export class Cell {
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
    // What the lesson gives here, if that is known; without a reset, it is this text.
    this.given = section.dataset.given ?? (this.resetButton?.hidden ? this.saved : null);
    this.conflict = null;
    this.acts = {}; // the last press for each place, until it is answered
    this.versions = []; // the texts of the earlier versions that are shown
    this.run = new Shown(this.part("shown"), { cell: this, name: this.name });
    this.verdict = new Shown(this.part("feedback"), { cell: this, name: `feedback ${this.name}` });
    this.help = new Shown(this.part("help"), { cell: this });
    this.training = new Shown(this.part("curve"), { cell: this });
    // Where it was graded isn't known: then its outcome is taken for that of this text.
    this.graded = outputs.read(this.gradedKey)?.text ?? this.saved;
    this.nameButtons();
    this.editor.area.addEventListener("input", () => this.write());
    section.addEventListener("keydown", (event) => {
      const isCommand = event.ctrlKey || event.altKey || event.metaKey;
      if (event.key !== "Enter" || !(isCommand || event.shiftKey)) return;
      if (![this.editor.area, this.runButton].includes(event.target)) return;
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
      else if (action === "help") this.callHelp();
      else if (action) this.act(action);
    });
  }

  // By its exercise: the number changes when a cell is inserted above.
  get journals() { return `cell ${learner}${lesson} ${this.exercise ?? this.number}`; }

  get name() { return this.exercise ?? String(this.number); }

  get journal() { return `${this.journals} ${windowName}`; }

  get isWritten() { return this.sent.length > 0 || this.editor.text !== this.saved; }

  // Whether the lesson gives another text. If it gives none, a reset says so.
  get hasReset() {
    return this.given === null || strip(this.given) !== strip(this.editor.text);
  }

  get resetButton() { return this.section.querySelector("[data-action=reset]"); }

  get runButton() { return this.section.querySelector("[data-action=run]"); }

  part(name) { return this.section.querySelector(`.${name}`); }

  get gradedKey() { return `graded ${this.name}`; }

  // Its text in the file.
  get inFile() {
    return { text: this.conflict?.text ?? this.saved, first: this.editor.first };
  }

  place(action) { return { run: this.run, grade: this.verdict }[action] ?? this.help; }

  // For a screen reader, every button says which cell it belongs to.
  nameButtons() {
    const label = this.exercise ? `exercise ${this.exercise}` : this.editor.name;
    for (const button of this.section.querySelectorAll("button")) {
      const words = button.textContent.trim();
      button.ariaLabel = this.exercise && words.includes(this.exercise) ? words
        : `${words}, ${label}`;
    }
  }

  write() {
    if (this.isWritten) this.keep();
    else journal.remove(this.journal);
    compareAll();
    say("Writing ...");
    saveSoon();
  }

  keep() {
    const { base, sent, editor: { text } } = this;
    this.isKept = journal.write(this.journal, { base, text, sent, at: Date.now() });
  }

  // Bring back text that was typed in this browser and never reached the file.
  bringBack() {
    const found = journal.keys()
      .filter((key) => key.startsWith(`${this.journals} `))
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
    const { shape } = page.main.dataset;
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
    this.editor.unfold();
    this.nameButtons();
  }

  // Whether there is a choice: a cell may also be gone from the file.
  get hasTwoTexts() { return Boolean(this.conflict?.version); }

  get refusal() {
    return this.hasTwoTexts ? "Two texts are here: choose one of them first."
      : "This cell is gone from the file, and only what is in the file is run or graded.";
  }

  decide(text) {
    const { text: theirs, version } = this.conflict;
    this.conflict = null;
    this.sent = [];
    this.base = version;
    this.saved = theirs;
    this.part("conflict").replaceChildren();
    for (const shown of this.shown) if (shown.isRefusal) shown.clear();
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
    this.showKept(told.kept);
    this.editor.draw();
    this.nameButtons();
  }

  async act(action) {
    const isLong = action === "run" || action === "grade";
    if (isLong && this.conflict) {
      this.place(action).refuse(this.refusal);
      return;
    }
    const kind = isLong ? action : "help";
    const act = this.acts[kind] = { isAsked: false };
    const isLast = () => this.acts[kind] === act;
    if (isLong) this.begin(action);
    try {
      await saveAll();
      if (!isLast()) return;
      act.isAsked = true;
      const texts = takeTexts();
      const told = await this.ask(action, texts);
      if (isLast()) this.show(action, told, texts);
    } catch (error) {
      if (isLast()) this.place(action).refuse(explain(error, this));
    }
    if (isLast()) this.end(kind);
  }

  ask(action) {
    if (action === "run") return ask(`${lesson}/run`, { line: this.editor.first });
    return ask(`${lesson}/${action}`, { exercise: this.exercise });
  }

  goOn() {
    [...cells.values()].find((one) => one.number > this.number)?.goTo();
  }

  goTo() {
    (this.editor.isFolded ? this.runButton : this.editor.area).focus();
    this.section.scrollIntoView({ block: "nearest" });
  }

  async copy() {
    const { area, text } = this.editor;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without https, a page can't write to the clipboard, but it can copy a selection.
      this.editor.unfold();
      area.select();
      document.execCommand("copy");
    }
    say("Copied");
  }

  // Ask the instructor for help with this exercise, or take that back.
  async callHelp() {
    const wanted = !this.isHelpWanted;
    try {
      showClass(await ask(`${lesson}/help`, { exercise: this.exercise, wanted }));
    } catch (error) {
      this.help.refuse(explain(error, this));
    }
  }

  showCall(exercise) {
    const button = this.section.querySelector("[data-action=help]");
    if (!button) return;
    this.isHelpWanted = this.exercise === exercise;
    button.textContent = this.isHelpWanted ? "I don't need help now" : "I need help";
    this.nameButtons();
  }

  // Another text instead of this one; Ctrl+Z takes it back.
  putIn(text) {
    this.editor.unfold();
    this.editor.area.focus();
    this.editor.replace(0, this.editor.text.length, text);
  }

  // Back to what the lesson gives. The file's text is kept among the versions.
  async reset() {
    if (this.conflict) {
      this.help.refuse(this.refusal);
      return;
    }
    try {
      const act = this.acts.help = {}; // no answer to an earlier press is shown any more
      await saveAll().catch(() => {}); // a text that can't be saved can be thrown away
      const { number, exercise = "" } = this;
      const told = await ask(`${lesson}/reset`, { number, exercise });
      const { text } = this.editor; // with what was typed meanwhile
      this.putIn(told.text);
      clearEarlier(this.shown);
      if (this.acts.help !== act) return;
      if (strip(text) !== strip(told.text)) this.offerUndo(text);
    } catch (error) {
      this.help.refuse(explain(error, this));
    }
  }

  // This stays until the next grading, also when the page is opened again.
  offerUndo(text) {
    const words = paragraph("Reset. ");
    words.className = "until-graded";
    words.append(makeButton("Undo", () => {
      this.putIn(text);
      this.help.clear();
      outputs.remove(this.undoKey);
    }));
    this.help.say(words);
    outputs.write(this.undoKey, { text });
  }

  get undoKey() { return `undo ${this.name}`; }

  get shown() { return [this.run, this.verdict, this.help, this.training]; }

  async stop() {
    for (const action of ["run", "grade"]) {
      if (this.acts[action]?.isAsked ?? true) continue; // its own answer will report that
      this.show(action, { stopped: true }, takeTexts());
      this.end(action);
    }
    await ask("stop").catch((error) => say(explain(error), true));
  }

  // Outputs and feedback of an earlier text go now, not only when the answer comes.
  begin(action) {
    page.active[action] = this;
    this.training.clear();
    this.curve = null;
    clearEarlier(action === "grade" ? [...this.shown, page.whole.shown] : this.shown);
    this.place(action).announce(true);
    this.place(action).say();
    this.acts[action].progress = new Progress(this.place(action).place, doing(action));
    this.showBusy();
  }

  end(action) {
    delete this.acts[action];
    if (page.active[action] === this) delete page.active[action];
    this.showBusy();
  }

  showBusy() {
    const isBusy = "run" in this.acts || "grade" in this.acts;
    this.section.classList.toggle("busy", isBusy);
    this.section.querySelector("[data-action=stop]").hidden = !isBusy;
    for (const action of ["run", "grade"]) {
      const button = this.section.querySelector(`[data-action=${action}]`);
      button?.classList.toggle("doing", action in this.acts);
    }
  }

  show(action, told, texts) {
    if (action === "run" || action === "grade") this.training.about(texts);
    if (told.stopped) {
      const words = action === "run" ? "It was stopped." : "Stopped. Nothing was graded.";
      this.place(action).show(paragraph(words).outerHTML, texts);
    } else if (action === "grade") {
      showReport(told, texts, this);
    } else if (action === "run") {
      this.showRun(told, texts);
    } else {
      this.showHelp(told, texts);
    }
  }

  // Hints are about no text, and a solution only where it is compared.
  showHelp({ html, texts: versions = [] }, texts) {
    const content = document.createElement("template");
    content.innerHTML = html; // the server escapes every text
    this.help.say(content.content);
    this.versions = versions;
    outputs.remove(this.undoKey);
    if (this.help.parts.length) this.help.about(texts);
  }

  showRun({ html }, texts) {
    const raised = html.match(/class="raised" data-line="(\d+)"/);
    // An earlier verdict beside an error would look like a verdict on this text.
    if (raised) this.verdict.clear();
    const lines = raised ? [[Number(raised[1]), "✗"]] : [];
    this.run.show(html, texts, { lines, uses: findUsed(this, texts) });
    for (const [cell] of this.run.marks) cell.editor.unfold();
    this.hideKept();
  }

  // The lesson's own figure. It may have been held back, and changed code has none.
  showKept(html) {
    const kept = this.part("kept");
    const look = (text) => text.trim() && (text.includes("held-back") ? "held back" : "shown");
    if (kept && look(kept.innerHTML) !== look(html)) kept.innerHTML = html;
  }

  // It is replaced by the learner's.
  hideKept() {
    const kept = this.part("kept");
    if (kept && this.run.place.querySelector(".figure, .slider")) kept.hidden = true;
  }

  // Show the verdict of a grading on these texts.
  showVerdict({ html, is_right, kind, lines }, texts) {
    this.graded = texts.get(this).text;
    this.gradedNumber = texts.number;
    outputs.write(this.gradedKey, { text: this.graded });
    this.verdict.show(html, texts, { lines, kind: is_right ? "right" : kind });
    outputs.remove(this.undoKey);
    // A right answer needs no hints: the next is about a mistake that isn't there.
    const isOver = is_right && this.help.place.querySelector(".hints");
    for (const one of this.help.place.querySelectorAll(".until-graded")) one.remove();
    if (isOver || !this.help.place.textContent.trim()) this.help.clear();
  }

  // Show again the outputs and the feedback of the last time.
  bringBackShown() {
    this.run.bringBack();
    this.hideKept();
    this.verdict.bringBack();
    const undo = outputs.read(this.undoKey);
    if (undo) this.offerUndo(undo.text);
    this.nameButtons();
  }

  // Show the place in the queue, which is 0 when the wait is over. Until then, an earlier
  // job may have printed and trained.
  wait({ kind, place }) {
    this.acts[kind]?.progress.say(placeInQueue(kind, place));
    if (place) return;
    this.training.clear();
    this.curve = null;
    if (kind === "run") this.run.place.querySelector("pre")?.remove();
  }

  // Show which of the cells above runs.
  runs({ cell, of, exercise }) {
    const where = exercise ? `${exercise}, cell ${cell} of ${of},` : `cell ${cell} of ${of},`;
    this.acts.run?.progress.note(cell < of ? ` ${where}` : "");
  }

  // Show output while the cell runs; the answer replaces all of it.
  print(text) {
    const { place } = this.run;
    const shown = place.querySelector("pre") ?? document.createElement("pre");
    if (!shown.isConnected) place.append(shown);
    shown.append(text);
    shown.scrollTop = shown.scrollHeight;
  }

  train(seen) {
    this.curve ??= new Curve(this.training.place);
    this.curve.add(seen);
  }
}

// The cell at the end that is in no file: only this browser keeps it.
export class Scratch extends Cell {
  get key() { return `scratch ${learner}${lesson}`; }

  get name() { return "scratch"; }

  get inFile() { return this.editor; }

  write() {
    if (this.editor.text) journal.write(this.key, { text: this.editor.text });
    else journal.remove(this.key);
    compareAll();
  }

  bringBack() {
    this.editor.text = journal.read(this.key).text ?? "";
  }

  // Another window of this lesson may have changed it.
  follow(event) {
    if (event.key !== this.key) return;
    this.bringBack();
    compareAll();
  }

  // The kept output counts lines as its run did.
  bringBackShown() {
    super.bringBackShown();
    this.editor.first = this.run.texts.get(this)?.first ?? this.editor.first;
    this.editor.draw();
  }

  async ask(action, texts) {
    const { text } = texts.get(this);
    const told = await ask(`${lesson}/scratch`, { text });
    // As the lines of an error are counted.
    if (told.line) this.editor.first = told.line;
    texts.set(this, { text, first: this.editor.first });
    this.editor.draw();
    return told;
  }
}
