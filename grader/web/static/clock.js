// A clock is given what is left by the server's time: this device may have another one.
export function startClocks(within) {
  for (const clock of within.querySelectorAll("[data-left]")) {
    if (clock.endsAt === undefined) setClock(clock, clock.dataset.left);
  }
  tickClocks();
}

export function setClock(clock, left) {
  clock.endsAt = performance.now() / 1000 + Number(left);
}

function tickClocks() {
  for (const clock of document.querySelectorAll("[data-left]")) {
    const left = Math.max(0, Math.ceil(clock.endsAt - performance.now() / 1000));
    const seconds = String(left % 60).padStart(2, "0");
    clock.textContent = left ? `${Math.floor(left / 60)}:${seconds}` : "Time is up.";
  }
}

setInterval(tickClocks, 1000);
