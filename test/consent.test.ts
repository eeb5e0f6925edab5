import assert from "node:assert/strict";
import { test } from "node:test";
import type { CollectionSwitch } from "../src/config.ts";
import { consentOf } from "../src/consent.ts";

const CASES: [collection: CollectionSwitch, given: boolean, because: RegExp][] = [
  [{ on: true, decidedBy: "default" }, true, /nobody turned them off/],
  [{ on: true, decidedBy: "METRIC_COLLECTION" }, true, /METRIC_COLLECTION/],
  [{ on: false, decidedBy: "METRIC_COLLECTION" }, false, /METRIC_COLLECTION/],
  [{ on: false, decidedBy: "DO_NOT_TRACK" }, false, /DO_NOT_TRACK/],
  [{ on: false, decidedBy: "METRIC_COLLECTION", problem: '"Flase" is neither' }, false, /"Flase" is neither/],
];

test("consent says who gave or refused it", () => {
  for (const [collection, given, because] of CASES) {
    const consent = consentOf(collection);
    assert.equal(consent.given, given);
    assert.match(consent.because, because);
  }
});
