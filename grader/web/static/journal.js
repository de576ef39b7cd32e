// What this browser keeps of a lesson: texts that aren't in the file yet, and the last
// outputs. It may refuse to keep any.
import { learner, lesson } from "./page.js";

const MOST_OUTPUT = 1_000_000; // characters of output that this browser keeps for a lesson
// Two windows may show one lesson, each with its own unsaved text.
export const windowName = Math.random().toString(36).slice(2);

// The browser's copy of texts that aren't in the file yet.
export const journal = {
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

// The last outputs and feedback, for the next time that the page is opened.
export const outputs = {
  get key() { return `outputs ${learner}${lesson}`; },
  // The newest are at the end, and the oldest are removed first.
  write(name, output) {
    const { [name]: _, ...others } = journal.read(this.key);
    const kept = Object.entries({ ...others, [name]: output });
    while (kept.length && JSON.stringify(kept).length > MOST_OUTPUT) kept.shift();
    journal.write(this.key, Object.fromEntries(kept));
  },
  remove(name) {
    const { [name]: _, ...others } = journal.read(this.key);
    journal.write(this.key, others);
  },
  read(name) { return journal.read(this.key)[name]; },
};
