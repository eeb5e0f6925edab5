import assert from "node:assert/strict";
import { test } from "node:test";
import { row, wrap } from "../src/terminal.ts";

test("a text is wrapped at spaces; a long word, and a time with its zone, stay whole", () => {
  assert.deepEqual(wrap("one two three", 8), ["one two", "three"]);
  assert.deepEqual(wrap("a metrics_data:/very/long b", 8), ["a", "metrics_data:/very/long", "b"]);
  assert.deepEqual(wrap("at 12:00 +00:00 or so", 10), ["at", "12:00 +00:00", "or so"]);
  assert.deepEqual(wrap("", 8), [""]);
});

test("a row has its title once, and no spaces at the end of a line", () => {
  assert.equal(row("Title", ["one", "two"], 8), "Title   one\n        two");
  assert.equal(row("A title that is long", "text", 8), "A title that is long text");
  assert.equal(row("Empty", "", 8), "Empty");
});
