import { setClock, startClocks } from "./clock.js";
import { listen } from "./events.js";

// A board of a room, which the server draws again whenever something changes.
const place = document.querySelector("main").dataset.place;

// Answers come in any order. One that isn't the last is shown, too: the next may be late.
let [asked, shown] = [0, 0];
async function refresh() {
  const number = (asked += 1);
  const answer = await fetch(`${place}/now`).catch(() => null);
  const html = answer?.ok && await answer.text();
  if (!html || number < shown) return;
  shown = number;
  show(html);
}

// Replace what is new: a button that stays where it is can be pressed meanwhile.
function show(html) {
  const now = document.querySelector("#now");
  const made = document.createElement("div");
  made.innerHTML = html;
  const parts = made.querySelectorAll("[id^=part-]");
  if (!parts.length) now.innerHTML = html;
  for (const part of parts) {
    const old = document.getElementById(part.id);
    const [clock, running] = [part, old].map((one) => one.querySelector("[data-left]"));
    if (clock && running) setClock(running, clock.dataset.left);
    else if (old.innerHTML !== part.innerHTML) old.replaceWith(part);
  }
  followLesson();
  startClocks(document);
  fit();
}

// Nobody scrolls a projector, so only the mistakes that fit as a whole are shown. A long table
// is in a column of its own and takes none of their room.
function fit() {
  const beside = document.querySelector(".projected .beside");
  const items = [...(beside?.querySelectorAll("li") ?? [])];
  for (const item of items) item.hidden = false;
  const isWide = matchMedia("(min-width: 60rem)").matches; // a phone is scrolled
  while (isWide && items.length && beside.getBoundingClientRect().bottom + scrollY > innerHeight) {
    items.pop().hidden = true;
  }
}

// Another device may have moved the class to another lesson.
let lessonShown = "";
function followLesson() {
  const lesson = document.querySelector("#now [data-hour]")?.dataset.hour ?? "";
  const choice = document.querySelector("select[name=lesson]");
  const isWriting = document.querySelector("[name=message]")?.value;
  if (choice && lessonShown && lesson !== lessonShown && !isWriting) location.reload();
  lessonShown = lesson;
}

// A form is sent once, even if its button is clicked twice: the answer leads on.
const sent = new Set();
addEventListener("pageshow", () => sent.clear());

async function send(form) {
  if (sent.has(form)) return;
  sent.add(form);
  const answer = await fetch(form.dataset.post, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Lesson": "1" },
    body: JSON.stringify(Object.fromEntries(new FormData(form))),
  }).catch(() => null);
  const told = answer ? await answer.json().catch(() => ({ problem: answer.statusText }))
    : { problem: "The room doesn't answer. Is this device still on the same wifi?" };
  if (told.problem) {
    sent.delete(form);
    alert(told.problem);
  } else {
    location.href = told.goal;
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.dataset.post) return;
  event.preventDefault();
  send(event.target);
});
if (place) {
  listen(`${place}/events`, (events) => {
    events.addEventListener("board", refresh);
    events.addEventListener("open", refresh);
  });
}
setInterval(() => { if (place) refresh(); }, 30_000); // minutes go on by themselves
followLesson();
startClocks(document);
fit();
addEventListener("resize", fit);
