// Save what is written, learn what the file has by now, and say which it is.
import { cells, lesson, makeButton, page } from "./page.js";
import { Problem, explain, whose } from "./server.js";
import { compareAll } from "./shown.js";

const WAIT_MS = 300;
const LONGEST_WAIT_MS = 1000;
const AGAIN_MS = 1000;
const status = document.querySelector("#saved");
const news = document.querySelector("#news");
let isSaving = false;
let turn = 0; // counts saves and looks: the answer to an earlier one is out of date
let isStale = false; // an event has arrived that this page hasn't handled
let isOutdated = false;

// A screen reader hears of trouble and of its end, not of every save.
export function say(words, isTrouble = false) {
  const isNews = isTrouble || status.classList.contains("trouble");
  if (isNews) news.textContent = words;
  status.textContent = words;
  status.classList.toggle("trouble", isTrouble);
}

let timer = 0;
let latest = 0; // when to save even if the learner goes on typing

export function saveSoon(wait = WAIT_MS) {
  clearTimeout(timer);
  latest ||= Date.now() + Math.max(wait, LONGEST_WAIT_MS);
  timer = setTimeout(() => {
    saveAll().catch(() => {}); // it has been shown
  }, Math.min(wait, latest - Date.now()));
}

// Save every changed cell, one after the other.
export async function saveAll() {
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

export async function saveInOneText() {
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

export function update(told) {
  const wasOutdated = isOutdated;
  isOutdated = told.shape !== page.main.dataset.shape;
  for (const [number, cell] of isOutdated ? [] : cells) {
    if (told.cells[number]) cell.take(told.cells[number]);
  }
  compareAll();
  if (isOutdated !== wasOutdated) sayState();
}

// Fetch the current content of the file.
export async function look() {
  isStale = isSaving; // then the end of the save fetches it again
  if (isSaving) return;
  const own = (turn += 1);
  const answer = await fetch(`/${lesson}/cells`, { headers: whose() }).catch(() => null);
  const told = answer?.ok && await answer.json().catch(() => null);
  if (told && turn === own) update(told);
}

export function hasWritten() {
  return [...cells.values()].some((cell) => cell.isWritten);
}
