import assert from "node:assert/strict";
import { test } from "node:test";

const { History } = await import(`${process.env.STATIC}/editor.js`);

function type(history, texts, inputType = "insertText") {
  for (const text of texts) history.add(text, text.length, { inputType });
}

test("the letters of a word are undone together, and words one by one", () => {
  const history = new History("");
  type(history, ["a", "ab", "ab ", "ab c", "ab cd"]);
  assert.equal(history.step(true), "ab ");
  assert.equal(history.step(true), "");
  assert.equal(history.step(true), null);
  assert.equal(history.step(false), "ab ");
  assert.equal(history.step(false), "ab cd");
  assert.equal(history.step(false), null);
});

test("a change after an undo forgets what could be done again", () => {
  const history = new History("x = 1");
  type(history, ["x = 12"]);
  history.step(true);
  type(history, ["x = 13"]);
  assert.equal(history.step(false), null);
  assert.equal(history.step(true), "x = 1");
});

test("only the last changes are kept", () => {
  const history = new History("");
  for (let i = 1; i <= 400; i += 1) history.add("long".repeat(i), 4 * i, {});
  let steps = 0;
  while (history.step(true) !== null) steps += 1;
  assert.equal(steps, 301);
});
