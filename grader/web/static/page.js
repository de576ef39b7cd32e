// What all parts of a lesson's page share: whose page it is, its cells, and small things
// to show on it.

const main = document.querySelector("main[data-lesson]");
export const lesson = main?.dataset.lesson;
// In a room, several people may use one browser, one after the other.
export const learner = main?.dataset.learner ? `${main.dataset.learner} ` : "";
export const cells = new Map(); // by their numbers in the file
// The cell that is in no file, what is shown about the whole lesson, and the cell or the
// part that shows the events of a run, and of a grading.
export const page = { main, scratch: null, whole: null, active: {} };

// Return a text as in the file, without empty lines around it.
export function strip(text) {
  return text.replace(/^\n+|\n+$/g, "");
}

export function paragraph(words) {
  const made = document.createElement("p");
  made.textContent = words;
  return made;
}

export function makeButton(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}
