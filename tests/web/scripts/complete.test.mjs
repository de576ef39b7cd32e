import assert from "node:assert/strict";
import { test } from "node:test";

const { completionsOf, importedModules } = await import(`${process.env.STATIC}/complete.js`);
const NAMES = {
  modules: { numpy: ["exp", "expm1", "Expand", "log", "linalg"], "numpy.linalg": ["norm"] },
  objects: { array: ["sum", "shape"], model: ["summary"] },
  builtins: ["len", "list"],
};
const offered = (page, before) => completionsOf(NAMES, page, before).map(({ name }) => name);

test("the names that a page imports lead to their modules", () => {
  const text = "import numpy as np\nimport os.path\nfrom keras import layers as L, Model\n";
  assert.deepEqual([...importedModules(text)], [
    ["np", "numpy"], ["os", "os"], ["L", "keras.layers"], ["Model", "keras.Model"],
  ]);
});

test("a module's names come in the order of how well they fit", () => {
  assert.deepEqual(offered("import numpy as np", "y = np.exp"), ["expm1", "Expand"]);
  assert.deepEqual(offered("import numpy as np", "np.linalg.n"), ["norm"]);
});

test("what is no module may be any object", () => {
  assert.deepEqual(offered("", "images.s"), ["sum", "shape", "summary"]);
});

test("an imported module without an index offers nothing", () => {
  assert.deepEqual(offered("import os", "os.p"), []);
});

test("the page's own names are offered, and not the one that is written", () => {
  assert.deepEqual(offered("loss = 1\nlosses = []\nlo", "lo"), ["loss", "losses"]);
  assert.deepEqual(offered("loss = 1", "loss"), []);
});
