import assert from "node:assert/strict";
import { test } from "node:test";
import { localStorage } from "./page.mjs";

const { journal, outputs } = await import(`${process.env.STATIC}/journal.js`);

test("what is kept can be read and removed", () => {
  assert.deepEqual(journal.read("key"), {});
  assert.equal(journal.write("key", { text: "x = 1" }), true);
  assert.deepEqual(journal.read("key"), { text: "x = 1" });
  journal.remove("key");
  assert.deepEqual(journal.read("key"), {});
});

test("a browser that keeps nothing says so, and what it has damaged is as if it were gone", () => {
  const { setItem } = localStorage;
  localStorage.setItem = () => { throw new Error("QuotaExceededError"); };
  assert.equal(journal.write("key", {}), false);
  localStorage.setItem = setItem;
  localStorage.setItem("key", "{");
  assert.deepEqual(journal.read("key"), {});
});

test("the oldest outputs are removed when there are too many", () => {
  const long = "x".repeat(400_000);
  outputs.write("3a", { html: long });
  outputs.write("3b", { html: long });
  assert.equal(outputs.read("3a").html.length, 400_000);
  outputs.write("3c", { html: long });
  assert.equal(outputs.read("3a"), undefined);
  assert.equal(outputs.read("3b").html.length, 400_000);
  outputs.remove("3b");
  assert.equal(outputs.read("3b"), undefined);
  assert.equal(outputs.read("3c").html.length, 400_000);
});
