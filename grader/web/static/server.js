// Requests to the server, and the words for those that fail.
import { learner, page } from "./page.js";

export function ask(name, what = {}, mostMs = 0) {
  return post(name, new Blob([JSON.stringify(what)], { type: "application/json" }), mostMs);
}

// X-Lesson proves that the request is from this server's page: others can't send it.
export async function post(name, body, mostMs = 0) {
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
export function whose() {
  return learner ? { "X-Learner": encodeURIComponent(learner.trim()) } : {};
}

// Another server may listen at this address by now.
function explainRefusal() {
  const where = learner ? "" : " at the address that the terminal shows";
  return `The server that answers here doesn't know this page. Open the lesson again${where}.`;
}

export class Problem extends Error {}

// Return why something failed, for the place of a cell; the reason may be in another one.
export function explain(error, cell = null) {
  if (error instanceof Problem) {
    const isElsewhere = error.cell && error.cell !== cell;
    return isElsewhere ? `${error.cell.editor.name}: ${error.message}` : error.message;
  }
  return learner
    ? "The room doesn't answer. Is this device still on the same wifi?"
    : `The server doesn't answer. Start it in the terminal with "${page.main.dataset.serve}".`;
}
