import assert from "node:assert/strict";
import { test } from "node:test";
import { describeFailure } from "../src/failure.ts";
import { StateError } from "../src/state/database.ts";

test("an error of our own says what to do", () => {
  const error = new StateError("the state is gone", "give it a volume");
  assert.equal(describeFailure(error), "openwisp-metrics failed: the state is gone; give it a volume");
});

test("an unexpected error tells its kind and place, and nothing of what was read", () => {
  const errors: unknown[] = [];
  for (const fail of [
    () => JSON.parse("canary-secret"),
    () => {
      throw new RangeError("canary-secret\n    at canary-secret (/canary-secret/x.ts:1:1)");
    },
    () => {
      throw Object.assign(new Error("ENOENT: canary-secret"), { code: "ENOENT", path: "/canary-secret" });
    },
    () => {
      throw "canary-secret";
    },
    () => {
      throw undefined;
    },
  ])
    try {
      fail();
    } catch (error) {
      errors.push(error);
    }
  const lines = errors.map(describeFailure);
  assert.equal(lines.length, 5);
  for (const line of lines) {
    assert.doesNotMatch(line, /canary/);
    assert.match(line, /^openwisp-metrics failed unexpectedly: .*this is a bug.*intact$/);
    assert.equal(line.split("\n").length, 1);
  }
  assert.match(lines[0] ?? "", /SyntaxError at failure\.test\.ts:\d+:\d+/);
  assert.match(lines[1] ?? "", /RangeError at failure\.test\.ts:\d+:\d+/);
  assert.match(lines[2] ?? "", /Error ENOENT at failure\.test\.ts/);
});
