// The page of a lesson: saves the text, requests runs and gradings, and shows the
// results. The file on the disk is authoritative. Unsaved text is also kept in this
// browser, so that a closed tab or an unreachable server loses nothing.
"use strict";

const WAIT_MS = 300;
const LONGEST_WAIT_MS = 1000;
const AGAIN_MS = 1000;
const SAVED_MS = 10_000;
const main = document.querySelector("main[data-lesson]");
const lesson = main?.dataset.lesson;
// In a room, several people may use one browser, one after the other.
const learner = main?.dataset.learner ? `${main.dataset.learner} ` : "";
const status = document.querySelector("#saved");
const news = document.querySelector("#news");
const cells = new Map();
let scratch = null; // the cell that is in no file
let whole = null; // what is shown about the whole lesson
const active = {}; // the cell or the part that shows the events of a run, and of a grading
let isSaving = false;
let turn = 0; // counts saves and looks: the answer to an earlier one is out of date
let isStale = false; // an event has arrived that this page hasn't handled
let isOutdated = false;

function ask(name, what = {}, mostMs = 0) {
  return post(name, new Blob([JSON.stringify(what)], { type: "application/json" }), mostMs);
}

// X-Lesson proves that the request is from this server's page: others can't send it.
async function post(name, body, mostMs = 0) {
  const answer = await fetch(`/${name}`, {
    method: "POST",
    headers: { "X-Lesson": "1", ...whose() },
    body,
    signal: mostMs ? AbortSignal.timeout(mostMs) : null,
  });
  const refusal = answer.status === 403 ? explainRefusal() : answer.statusText;
  const told = await answer.json().catch(() => ({ problem: refusal }));
  if (told.problem) throw new Problem(told.problem);
  if (!answer.ok) throw new Problem(`The server answers with ${answer.status}.`);
  return told;
}

// Somebody else may have joined with this browser since the page was opened. It is
// percent-encoded, because fetch() refuses headers with characters beyond Latin-1.
function whose() {
  return learner ? { "X-Learner": encodeURIComponent(learner.trim()) } : {};
}

// Another server may listen at this address by now.
function explainRefusal() {
  const where = learner ? "" : " at the address that the terminal shows";
  return `The server that answers here doesn't know this page. Open the lesson again${where}.`;
}

class Problem extends Error {}

// A screen reader hears of trouble and of its end, not of every save.
function say(words, isTrouble = false) {
  const isNews = isTrouble || status.classList.contains("trouble");
  if (isNews) news.textContent = words;
  status.textContent = words;
  status.classList.toggle("trouble", isTrouble);
}

// What a grading says of these texts: of one exercise, or of all if none was pressed.
function showReport(told, texts, pressed) {
  for (const one of main.querySelectorAll(".next")) one.remove();
  for (const cell of cells.values()) {
    const own = told.exercises[cell.exercise];
    if (!own) continue;
    const lines = told.loads && own.kind !== "open" ? own.lines : [];
    cell.showVerdict({ ...own, html: told.loads ? own.html : "", lines }, texts);
  }
  document.querySelector("#states").innerHTML = told.states;
  const place = pressed && !told.loads ? pressed.verdict : whole.shown;
  place.show(told.whole, texts, { lines: told.line ? [[told.line, "✗"]] : [] });
}

// The place for what a grading says of the whole lesson.
class Whole {
  constructor(place) {
    this.shown = new Shown(place);
  }

  // Grade the whole lesson, for a command in its text.
  async grade() {
    const own = this.last = {};
    const isLast = () => this.last === own;
    this.begin();
    active.grade = this;
    try {
      await saveInOneText();
      const texts = takeTexts();
      const told = await ask(`${lesson}/grade`);
      if (!isLast()) return;
      if (told.stopped) this.shown.say(paragraph("Stopped. Nothing was graded."));
      else showReport(told, texts, null);
    } catch (error) {
      if (isLast()) this.shown.refuse(explain(error));
    }
    if (isLast() && active.grade === this) delete active.grade;
  }

  begin() {
    const stop = makeButton("Stop", () => {
      ask("stop").catch((error) => say(explain(error), true));
    });
    const chart = document.createElement("div");
    chart.className = "curve";
    this.curve = null;
    clearEarlier([...cells.values()].map((cell) => cell.verdict));
    this.shown.say(stop, chart);
    this.progress = new Progress(this.shown.place, doing("grade"));
    this.shown.place.scrollIntoView({ block: "center" });
  }

  wait({ kind, place }) { this.progress.say(placeInQueue(kind, place)); }

  train(seen) {
    this.curve ??= new Curve(this.shown.place.querySelector(".curve"));
    this.curve.add(seen);
  }
}

// Return why something failed, for the place of a cell; the reason may be in another one.
function explain(error, cell = null) {
  if (error instanceof Problem) {
    const isElsewhere = error.cell && error.cell !== cell;
    return isElsewhere ? `${error.cell.editor.name}: ${error.message}` : error.message;
  }
  return learner
    ? "The room doesn't answer. Is this device still on the same wifi?"
    : `The server doesn't answer. Start it in the terminal with "${main.dataset.serve}".`;
}

let timer = 0;
let latest = 0; // when to save even if the learner goes on typing

function saveSoon(wait = WAIT_MS) {
  clearTimeout(timer);
  latest ||= Date.now() + Math.max(wait, LONGEST_WAIT_MS);
  timer = setTimeout(() => {
    saveAll().catch(() => {}); // it has been shown
  }, Math.min(wait, latest - Date.now()));
}

// Save every changed cell, one after the other.
async function saveAll() {
  latest = 0;
  // One at a time, because each answer gives the version that the next one begins from.
  while (isSaving) await new Promise((done) => setTimeout(done, 20));
  isSaving = true;
  const trouble = await saveEach().finally(() => { isSaving = false; });
  if (trouble) sayUnsaved(trouble);
  else sayState();
  if (isStale) look();
  if (!trouble) return;
  saveSoon(AGAIN_MS);
  throw trouble;
}

// Return the first error, or null: one cell's text doesn't stop others from being saved.
async function saveEach() {
  let first = null;
  for (const cell of cells.values()) {
    try {
      // Repeat this for text that was typed during a save.
      while (cell.isWritten && !cell.conflict) {
        turn += 1;
        await cell.save();
      }
    } catch (error) {
      error.cell = cell;
      first ??= error;
    }
    // In that case no answer has given the content of the whole file.
    if (first || cell.conflict) isStale = true;
    if (first && !(first instanceof Problem)) break; // it is unreachable for the others, too
  }
  return first;
}

async function saveInOneText() {
  await saveAll();
  if ([...cells.values()].some((one) => one.hasTwoTexts)) {
    throw new Problem("A cell has two texts: choose one of them first.");
  }
}

function sayUnsaved(error) {
  const isKept = [...cells.values()].every((cell) => cell.isKept || !cell.isWritten);
  const kept = isKept ? " What you write is kept in this browser."
    : " This browser keeps nothing: leave this page open.";
  say(`Not saved: ${explain(error)}${error instanceof Problem ? "" : kept}`, true);
}

function sayState() {
  const open = [...cells.values()].find((cell) => cell.conflict);
  if (open) {
    say(open.hasTwoTexts ? "Not saved: look at the cell with two texts. "
      : "Not saved: a cell of this page is gone from the file. ", true);
    status.append(makeButton("Show it", () => open.goTo()));
  } else if (isOutdated) {
    say("");
    status.replaceChildren("The file's cells no longer match this page. ",
      makeButton("Show them", () => location.reload()));
  } else {
    say(hasWritten() ? "Writing ..." : "Saved");
  }
}

function update(told) {
  const wasOutdated = isOutdated;
  isOutdated = told.shape !== main.dataset.shape;
  for (const [number, cell] of isOutdated ? [] : cells) {
    if (told.cells[number]) cell.take(told.cells[number]);
  }
  compareAll();
  if (isOutdated !== wasOutdated) sayState();
}

// Fetch the current content of the file.
async function look() {
  isStale = isSaving; // then the end of the save fetches it again
  if (isSaving) return;
  const own = (turn += 1);
  const answer = await fetch(`/${lesson}/cells`, { headers: whose() }).catch(() => null);
  const told = answer?.ok && await answer.json().catch(() => null);
  if (told && turn === own) update(told);
}

function listen() {
  const events = new EventSource("/events");
  // A browser reconnects after a lost connection, but not after a refusal.
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 2 * AGAIN_MS);
  });
  // This also happens when the browser has reconnected by itself.
  events.addEventListener("open", () => { look(); if (hasWritten()) saveSoon(0); });
  events.addEventListener("changed", (event) => {
    if (JSON.parse(event.data).lesson === lesson) look();
  });
  hearClass(events);
  events.addEventListener("waiting", (event) => {
    const told = JSON.parse(event.data);
    if (told.lesson === lesson) active[told.kind]?.wait(told);
  });
  events.addEventListener("progress", (event) => {
    const told = JSON.parse(event.data);
    if (told.lesson === lesson) active[told.kind]?.train(told.seen);
  });
  events.addEventListener("printed", (event) => {
    const told = JSON.parse(event.data);
    if (told.lesson === lesson) active[told.kind]?.print?.(told.text);
  });
}

// Follow the class's state, on a page of a room.
function hearClass(events) {
  events.addEventListener("hour", (event) => showClass(JSON.parse(event.data)));
  // Also after the server was away: something may have changed.
  events.addEventListener("open", async () => {
    const answer = await fetch("/hour").catch(() => null);
    const told = answer?.ok && await answer.json().catch(() => null);
    if (told) showClass(told);
  });
}

// Show the class's lesson, message, clock and open solutions.
function showClass(told) {
  showLesson(told.lesson);
  for (const cell of cells.values()) cell.showCall(told.help);
  const lines = told.message ? [paragraph(told.message)] : [];
  if (told.help) {
    const words = `You asked for help with ${told.help}. Your instructor's page shows it.`;
    lines.push(paragraph(words));
  }
  if (told.revealed.length) {
    const words = `Open to everybody: the solution of ${told.revealed.join(", ")}. Press Solution there.`;
    lines.push(paragraph(words));
  }
  if (told.left !== null) {
    const clock = paragraph("");
    clock.className = "clock";
    clock.dataset.left = told.left;
    lines.push(clock);
  }
  const place = document.querySelector("#hour");
  place.replaceChildren(...lines);
  startClocks(place);
}

function showLesson(name) {
  const place = document.querySelector("#next");
  const link = document.createElement("a");
  link.href = `/${name}`;
  link.textContent = name.replace("lesson", "lesson ");
  // A screen reader would read out the same line again.
  if (place.querySelector("a")?.href === (name ? link.href : undefined)) return;
  place.replaceChildren(...(name ? ["Your class is at ", link, "."] : []));
}

function hasWritten() {
  return [...cells.values()].some((cell) => cell.isWritten);
}

function begin() {
  for (const section of document.querySelectorAll("section.code[data-number]")) {
    const cell = new Cell(section);
    cells.set(cell.number, cell);
  }
  scratch = new Scratch(document.querySelector("#scratch"));
  whole = new Whole(document.querySelector("#whole"));
  scratch.bringBack();
  scratch.bringBackShown();
  window.addEventListener("storage", (event) => scratch.follow(event));
  for (const cell of cells.values()) {
    if (cell.isWritten) cell.write();
    else cell.bringBack();
    cell.bringBackShown();
  }
  compareAll();
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-command=grade]")) whole.grade();
    const link = event.target.closest("a[data-line]");
    const shown = link && Shown.all.find((one) => one.place.contains(link));
    const [cell, index] = shown ? locate(Number(link.dataset.line), shown.texts) : [];
    if (!cell) return;
    event.preventDefault();
    cell.editor.go(index);
  });
  let beforeKeys = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "s" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      saveAll().catch(() => {}); // it has been shown
    } else if (event.key === "?" && !event.target.closest("textarea, input, select")) {
      const keys = document.querySelector("#keys");
      keys.open = !keys.open;
      if (keys.open) {
        beforeKeys = scrollY;
        keys.scrollIntoView({ block: "end" });
      } else {
        scrollTo({ top: beforeKeys }); // back to where the learner was
      }
    }
  });
  addEventListener("beforeunload", (event) => {
    if (hasWritten()) event.preventDefault();
  });
  listen();
}

if (main) begin();
else if (document.querySelector("#next")) hearClass(new EventSource("/events"));
