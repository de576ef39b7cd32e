// The page of a lesson: saves what is written, asks for runs and gradings, and shows
// what comes back. The file on the disk is the truth; what is not saved yet is kept in
// this browser as well, so that a closed tab or a server that is away loses nothing.
"use strict";

const WAIT_MS = 300;
const AGAIN_MS = 1000;
const main = document.querySelector("main[data-lesson]");
const lesson = main?.dataset.lesson;
// In a room several people may use one browser, one after the other.
const learner = main?.dataset.learner ? `${main.dataset.learner} ` : "";
const status = document.querySelector("#saved");
const cells = new Map();
let active = null;
let isSaving = false;
let turn = 0; // of the saves and looks: what an earlier one is told is out of date
let isOutdated = false;

// X-Lesson says that a page of this server asks: no page elsewhere can send it.
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

function showReport(told, pressed) {
  for (const cell of cells.values()) cell.editor.mark(0);
  for (const cell of cells.values()) {
    const own = told.exercises[cell.exercise];
    if (!own) continue;
    const place = cell.part("feedback");
    place.classList.toggle("right", own.is_right);
    place.classList.toggle("open", own.is_open);
    if (told.loads) {
      place.innerHTML = own.html;
      if (!own.is_open) markLine(own.line);
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

let timer = 0;

function saveSoon(wait = WAIT_MS) {
  clearTimeout(timer);
  timer = setTimeout(saveAll, wait);
}

// Save every cell that was written in, one after the other.
async function saveAll() {
  // One at a time: the answer to each says from which text the next one begins.
  while (isSaving) await new Promise((done) => setTimeout(done, 20));
  isSaving = true;
  try {
    for (const cell of cells.values()) {
      // Again for what was typed while a save was on its way.
      while (cell.isWritten && !cell.conflict) {
        turn += 1;
        await cell.save();
      }
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
  const own = (turn += 1);
  const answer = await fetch(`/${lesson}/cells`);
  const told = answer.ok && await answer.json();
  if (told && turn === own) update(told);
}

function listen() {
  const events = new EventSource("/events");
  // Also after the server was away, when the browser has connected anew by itself.
  events.addEventListener("open", () => { look(); if (hasWritten()) saveSoon(0); });
  events.addEventListener("changed", (event) => {
    if (JSON.parse(event.data).lesson === lesson) look();
  });
  hearNext(events);
  events.addEventListener("waiting", (event) => {
    const told = JSON.parse(event.data);
    if (told.lesson === lesson && active) active.wait(told);
  });
  events.addEventListener("progress", (event) => {
    const told = JSON.parse(event.data);
    if (told.lesson === lesson && active) active.train(told.seen);
  });
}

// Where the class goes on to, for a page of a room.
function hearNext(events) {
  events.addEventListener("next", (event) => {
    const name = JSON.parse(event.data).lesson;
    const link = document.createElement("a");
    link.href = `/${name}`;
    link.textContent = name.replace("lesson", "lesson ");
    const words = name ? ["Your class is at ", link, "."] : [];
    document.querySelector("#next").replaceChildren(...words);
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
else if (document.querySelector("#next")) hearNext(new EventSource("/events"));
