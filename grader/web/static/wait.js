// Not all at the same time, because a whole class may be waiting.
setTimeout(() => document.querySelector("#again").submit(), 3000 + 4000 * Math.random());
