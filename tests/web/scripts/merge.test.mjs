// What a cell does with the server's answer to a save.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serve } from "./page.mjs";

const { Cell } = await import(`${process.env.STATIC}/cell.js`);
const { strip } = await import(`${process.env.STATIC}/page.js`);

// A cell with a text in its editor, and nothing of it on a screen.
function makeCell(text) {
  const cell = Object.create(Cell.prototype);
  const disputes = [];
  Object.assign(cell, {
    number: 4, base: "v1", exercise: "3c", editor: { text }, saved: "old", sent: [],
    conflict: null, disputes,
    dispute(theirs) { this.conflict = theirs ?? {}; disputes.push(theirs); },
  });
  return cell;
}

test("an answer that was lost is no conflict: the file has this page's own text", async () => {
  const cell = makeCell("new");
  cell.remember("sent before");
  serve({ conflict: true, theirs: { version: "v2", text: "sent before" } });
  await cell.save();
  assert.deepEqual([cell.base, cell.saved, cell.disputes], ["v2", "sent before", []]);
  assert.equal(cell.isWritten, true); // the new text is still to be saved
});

test("another text in the file is shown beside this one", async () => {
  const cell = makeCell("new");
  const theirs = { version: "v2", text: "somebody else's" };
  serve({ conflict: true, theirs });
  await cell.save();
  assert.deepEqual(cell.disputes, [theirs]);
  assert.equal(cell.editor.text, "new");
});

test("a save says from which version it begins, and for which cell", async () => {
  const cell = makeCell("new");
  const asked = serve({ conflict: true, theirs: null });
  await cell.save();
  assert.deepEqual(asked, [["/lesson3/save",
    { number: 4, base: "v1", exercise: "3c", shape: "abc", text: "new" }]]);
});

test("of many texts without an answer the first and the last are kept", () => {
  const cell = makeCell("");
  for (let i = 0; i < 50; i += 1) cell.remember(`text ${i}`);
  assert.equal(cell.sent.length, 20);
  assert.deepEqual([cell.sent[0], cell.sent.at(-1)], ["text 0", "text 49"]);
});

test("empty lines around a text don't count", () => {
  assert.equal(strip("\n\nx = 1\n\ny = 2\n"), "x = 1\n\ny = 2");
});
