"use strict";

// Not all at the same moment: a whole class may wait here.
setTimeout(() => document.querySelector("#again").submit(), 3000 + 4000 * Math.random());
