// The page of a lesson: saves the text, requests runs and gradings, and shows the
// results. The file on the disk is authoritative. Unsaved text is also kept in this
// browser, so that a closed tab or an unreachable server loses nothing.
import { Cell, Scratch } from "./cell.js";
import { hearClass } from "./class_state.js";
import { beginContents } from "./contents.js";
import { listen } from "./events.js";
import { cells, lesson, page } from "./page.js";
import { Whole } from "./report.js";
import { hasWritten, look, saveAll, saveSoon, say } from "./saving.js";
import { ask, explain } from "./server.js";
import { Shown, compareAll, locate } from "./shown.js";
import { followSliders } from "./slider.js";

// Whether the page says that Keras is starting.
let isStarting = false;

function follow(events) {
  // This also happens when the browser has reconnected by itself.
  events.addEventListener("open", () => { look(); if (hasWritten()) saveSoon(0); });
  events.addEventListener("changed", (event) => {
    if (JSON.parse(event.data).lesson === lesson) look();
  });
  hearClass(events);
  events.addEventListener("waiting", (event) => {
    const told = JSON.parse(event.data);
    if (told.lesson === lesson) page.active[told.kind]?.wait(told);
  });
  events.addEventListener("progress", (event) => {
    const told = JSON.parse(event.data);
    if (told.lesson === lesson) page.active[told.kind]?.train(told.seen);
  });
  events.addEventListener("checked", (event) => {
    const told = JSON.parse(event.data);
    if (told.lesson === lesson) page.active[told.kind]?.check?.(told.exercise);
  });
  events.addEventListener("starting", (event) => {
    const told = JSON.parse(event.data);
    if (told.lesson !== lesson || isStarting !== told.is_ready) return;
    isStarting = !told.is_ready;
    const ended = told.has_failed ? "Keras could not be started" : "Keras has started";
    say(isStarting ? "Keras is starting ..." : ended);
  });
  events.addEventListener("began", (event) => {
    const told = JSON.parse(event.data);
    if (told.lesson === lesson) page.active[told.kind]?.runs?.(told);
  });
  events.addEventListener("printed", (event) => {
    const told = JSON.parse(event.data);
    if (told.lesson === lesson) page.active[told.kind]?.print?.(told.text);
  });
}

function begin() {
  for (const section of document.querySelectorAll("section.code[data-number]")) {
    const cell = new Cell(section);
    cells.set(cell.number, cell);
  }
  page.scratch = new Scratch(document.querySelector("#scratch"));
  page.whole = new Whole(document.querySelector("#whole"));
  page.scratch.bringBack();
  page.scratch.bringBackShown();
  window.addEventListener("storage", (event) => page.scratch.follow(event));
  for (const cell of cells.values()) {
    if (cell.isWritten) cell.write();
    else cell.bringBack();
    cell.bringBackShown();
  }
  compareAll();
  followSliders();
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-command=grade]")) page.whole.grade();
    if (event.target.closest("[data-command=renew]")) {
      saveAll().then(() => ask(`${lesson}/renew`)).then(
        () => location.reload(),
        (error) => say(explain(error), true),
      );
    }
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
  beginContents();
  listen("/events", follow);
}

begin();
