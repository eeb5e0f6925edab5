import assert from "node:assert/strict";
import { test } from "node:test";
import type { CollectionSwitch } from "../src/collection-switch.ts";
import { consentOf, type StoredConsent } from "../src/consent.ts";

const time = (instant: Date) => instant.toISOString();

const CASES: [collection: CollectionSwitch, given: boolean, because: RegExp][] = [
  [{ on: true, decidedBy: "default" }, true, /nobody turned them off/],
  [{ on: true, decidedBy: "METRIC_COLLECTION" }, true, /METRIC_COLLECTION/],
  [{ on: false, decidedBy: "METRIC_COLLECTION" }, false, /METRIC_COLLECTION/],
  [{ on: false, decidedBy: "DO_NOT_TRACK" }, false, /DO_NOT_TRACK/],
  [{ on: false, decidedBy: "METRIC_COLLECTION", problem: '"Flase" is neither' }, false, /"Flase" is neither/],
];

test("consent says who gave or refused it", () => {
  for (const [collection, given, because] of CASES) {
    const consent = consentOf(collection, undefined, time);
    assert.equal(consent.given, given);
    assert.match(consent.because, because);
  }
});

test("an opt-out holds whatever the environment allows; an opt-in does not overrule it", () => {
  const at = new Date("2026-11-24T10:00:00Z");
  const optedOut: StoredConsent = { given: false, at, origin: "command line" };
  const optedIn: StoredConsent = { given: true, at, origin: "System Info page" };
  const on: CollectionSwitch = { on: true, decidedBy: "METRIC_COLLECTION" };
  const off: CollectionSwitch = { on: false, decidedBy: "DO_NOT_TRACK" };
  assert.deepEqual(consentOf(on, optedOut, time), {
    given: false,
    because: "opted out on the command line at 2026-11-24T10:00:00.000Z",
    fixed: false,
  });
  assert.match(consentOf(on, optedIn, time).because, /opted in on the System Info page/);
  for (const stored of [optedIn, optedOut, undefined]) {
    const { given, because, fixed } = consentOf(off, stored, time);
    assert.deepEqual([given, fixed], [false, true]);
    assert.match(because, /DO_NOT_TRACK/);
  }
});
