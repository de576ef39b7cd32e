"use strict";

// A board of a room, which the server draws again whenever something changes.
const place = document.querySelector("main").dataset.place;

async function refresh() {
  const answer = await fetch(`${place}/now`).catch(() => null);
  if (!answer?.ok) return;
  document.querySelector("#now").innerHTML = await answer.text();
  tick();
}

// The clock counts down by the time of this machine.
function tick() {
  for (const clock of document.querySelectorAll("[data-ends]")) {
    const left = Math.max(0, Math.round(Number(clock.dataset.ends) - Date.now() / 1000));
    const seconds = String(left % 60).padStart(2, "0");
    clock.textContent = left ? `${Math.floor(left / 60)}:${seconds}` : "Time is up.";
  }
}

async function send(form) {
  const answer = await fetch(form.dataset.post, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Lesson": "1" },
    body: JSON.stringify(Object.fromEntries(new FormData(form))),
  }).catch(() => null);
  const told = answer ? await answer.json().catch(() => ({ problem: answer.statusText }))
    : { problem: "The server does not answer. Start it in the terminal, with serve." };
  if (told.problem) alert(told.problem);
  else location.href = told.goal;
}

document.addEventListener("submit", (event) => {
  if (!event.target.dataset.post) return;
  event.preventDefault();
  send(event.target);
});
if (place) {
  const events = new EventSource(`${place}/events`);
  events.addEventListener("board", refresh);
  events.addEventListener("open", refresh);
}
setInterval(tick, 1000);
setInterval(() => { if (place) refresh(); }, 30_000); // minutes pass without an event
tick();
