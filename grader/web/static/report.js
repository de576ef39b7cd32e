// What a grading says, of one exercise or of the whole lesson.
import { Curve } from "./curve.js";
import { cells, lesson, makeButton, page, paragraph } from "./page.js";
import { saveInOneText, say } from "./saving.js";
import { ask, explain } from "./server.js";
import { Progress, Shown, clearEarlier, doing, placeInQueue, takeTexts } from "./shown.js";

// What a grading says of these texts: of one exercise, or of all if none was pressed.
// A screen reader hears one verdict: that of the button that was pressed.
// Answers may come in any order, and none replaces that to a later press.
let newest = 0;
export function showReport(told, texts, pressed) {
  const isLate = texts.number < newest;
  newest = Math.max(newest, texts.number);
  for (const cell of cells.values()) cell.verdict.announce(cell === pressed);
  page.whole.shown.announce(!pressed || !told.loads);
  for (const one of page.main.querySelectorAll(".next")) if (!isLate) one.remove();
  for (const cell of cells.values()) {
    const own = told.exercises[cell.exercise];
    if (!own || cell.gradedNumber > texts.number) continue;
    const lines = told.loads && own.kind !== "open" ? own.lines : [];
    cell.showVerdict({ ...own, html: told.loads ? own.html : "", lines }, texts);
  }
  if (isLate) pressed?.verdict.place.querySelector(".next")?.remove();
  else showOutcomes(told.states);
  const place = pressed && !told.loads ? pressed.verdict : page.whole.shown;
  if (place === page.whole.shown) {
    if (isLate || (pressed && page.active.grade === page.whole)) return;
    if (pressed) page.whole.last = null; // its answer would be to an earlier press
  }
  place.show(told.whole, texts, { lines: told.line ? [[told.line, "✗"]] : [] });
  // What was right with earlier texts is graded once more, together.
  if (told.is_end) page.whole.grade({ isAsked: false });
}

// Put the outcomes of the exercises into the contents.
function showOutcomes(html) {
  const told = document.createElement("template");
  told.innerHTML = html; // the server escapes every text
  for (const link of told.content.querySelectorAll("a")) {
    const own = document.querySelector(`#states a[href="${link.getAttribute("href")}"] .outcome`);
    own?.replaceWith(link.querySelector(".outcome"));
  }
}

// The place for what a grading says of the whole lesson.
export class Whole {
  constructor(place) {
    this.shown = new Shown(place);
  }

  // Grade the whole lesson, for a command in its text, or because all of it is right.
  async grade({ isAsked = true } = {}) {
    const own = this.last = { isSent: false };
    const isLast = () => this.last === own;
    this.begin(isAsked);
    page.active.grade = this;
    try {
      await saveInOneText();
      if (!isLast()) return;
      own.isSent = true;
      const texts = takeTexts();
      const told = await ask(`${lesson}/grade`);
      if (!isLast()) return;
      if (told.stopped) this.sayStopped();
      else showReport(told, texts, null);
    } catch (error) {
      if (isLast()) this.shown.refuse(explain(error));
    }
    if (isLast() && page.active.grade === this) delete page.active.grade;
  }

  begin(isAsked) {
    const stop = makeButton("Stop", () => {
      if (!this.last.isSent) { // it still waits to be saved
        this.last = null;
        delete page.active.grade;
        this.sayStopped();
      }
      ask("stop").catch((error) => say(explain(error), true));
    });
    const chart = document.createElement("div");
    chart.className = "curve";
    this.curve = null;
    clearEarlier([...cells.values()].map((cell) => cell.verdict));
    this.shown.announce(true);
    this.shown.say(stop, chart);
    this.progress = new Progress(this.shown.place, doing("grade"));
    if (isAsked) this.shown.place.scrollIntoView({ block: "center" });
  }

  sayStopped() { this.shown.say(paragraph("Stopped. Nothing was graded.")); }

  // Show how far it is: the exercise of which a check is done.
  check(exercise) {
    const tags = [...cells.values()].map((cell) => cell.exercise).filter(Boolean);
    const at = tags.indexOf(exercise) + 1;
    if (at) this.progress.note(` ${exercise}, ${at} of ${tags.length},`);
  }

  wait({ kind, place }) {
    this.progress.say(placeInQueue(kind, place));
    if (place) return;
    this.progress.note(""); // of an earlier grading
    this.shown.place.querySelector(".curve").replaceChildren();
    this.curve = null;
  }

  train(seen) {
    this.curve ??= new Curve(this.shown.place.querySelector(".curve"));
    this.curve.add(seen);
  }
}
