import assert from "node:assert/strict";
import { test } from "node:test";

const { completionsOf, importedModules, openedCall } =
  await import(`${process.env.STATIC}/complete.js`);
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

test("a page without Keras has arrays, and one with it models, too", () => {
  assert.deepEqual(offered("", "images.s"), ["sum", "shape"]);
  assert.deepEqual(offered("import keras", "images.s"), ["sum", "shape", "summary"]);
});

test("an assignment or a name says what an object is", () => {
  const page = "import keras\nimport numpy as np\nx = np.zeros(3)\nm = keras.Sequential([])\n";
  assert.deepEqual(offered(page, "x.s"), ["sum", "shape"]);
  assert.deepEqual(offered(page, "m.s"), ["summary"]);
  assert.deepEqual(offered(page, "network.s"), ["summary"]);
  assert.deepEqual(offered(`${page}x = keras.Sequential([])\n`, "x.s"), ["summary"]);
});

test("a call that isn't closed shows the parameters of the page's function", () => {
  const page = "def mean(values, axis=0):\n    return values\n\n"
    + "def step(weights: dict, rate=(1, 2)) -> dict:\n    pass\n\n"
    + "def long(\n    first,\n    second=3,\n):\n    pass\n";
  assert.equal(openedCall(page, "y = mean("), "mean(values, axis=0)");
  assert.equal(openedCall(page, "step("), "step(weights: dict, rate=(1, 2))");
  assert.equal(openedCall(page, "y = 2 * long("), "long(first, second=3)");
  assert.equal(openedCall(page, "print(mean(x, "), "mean(values, axis=0)");
  for (const before of ["mean(x)", "np.mean(", "print(", "mean", "def mean("]) {
    assert.equal(openedCall(page, before), "", before);
  }
});

test("an imported module without an index offers nothing", () => {
  assert.deepEqual(offered("import os", "os.p"), []);
});

test("the page's own names are offered, and not the one that is written", () => {
  assert.deepEqual(offered("loss = 1\nlosses = []\nlo", "lo"), ["loss", "losses"]);
  assert.deepEqual(offered("loss = 1", "loss"), []);
});
