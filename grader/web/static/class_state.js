// What the class of a room does now: its lesson, message, clock and open solutions.
import { startClocks } from "./clock.js";
import { cells, paragraph } from "./page.js";

// The number of the state that is shown. An answer may come after a later event.
let shown = 0;

// Follow the class's state, on a page of a room.
export function hearClass(events) {
  events.addEventListener("hour", (event) => showClass(JSON.parse(event.data)));
  // Also after the server was away: something may have changed.
  events.addEventListener("open", async () => {
    shown = 0; // another server counts from the beginning
    const answer = await fetch("/hour").catch(() => null);
    const told = answer?.ok && await answer.json().catch(() => null);
    if (told) showClass(told);
  });
}

// Show the class's lesson, message, clock and open solutions.
export function showClass(told) {
  if (told.number < shown) return;
  shown = told.number;
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
