import assert from "node:assert/strict";
import { test } from "node:test";
import { pauseMs } from "../../src/delivery/backoff.ts";

const MINUTE = 60_000;

test("a pause lies between a minute and a ceiling that doubles from 2 minutes to 6 hours", () => {
  for (const [failedAttempts, ceilingMinutes] of [
    [1, 2],
    [2, 4],
    [3, 8],
    [8, 256],
    [9, 360],
    [10, 360],
    [100, 360],
    [1e9, 360],
  ] as const) {
    assert.equal(pauseMs(failedAttempts, 0), MINUTE);
    assert.equal(pauseMs(failedAttempts, 0.5), MINUTE + ((ceilingMinutes - 1) * MINUTE) / 2);
    assert.equal(pauseMs(failedAttempts, 1), ceilingMinutes * MINUTE);
  }
});
