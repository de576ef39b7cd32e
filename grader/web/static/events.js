// The events that the server sends to a page.
const AGAIN_MS = 2000;

// Listen to the events at an address. A browser connects again after a lost connection,
// but not after a refusal, as when too many pages are open.
export function listen(address, follow) {
  const events = new EventSource(address);
  events.addEventListener("error", () => {
    if (events.readyState !== EventSource.CLOSED) return;
    setTimeout(() => listen(address, follow), AGAIN_MS);
  });
  follow(events);
}
