import assert from "node:assert/strict";
import { test } from "node:test";
import { LONGEST_PAUSE_MS, pauseMs } from "../../src/delivery/backoff.ts";

const MINUTE = 60_000;

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const failure = (failedAttempts: number, silentForMs = 0, retryAfterMs?: number) => ({
  failedAttempts,
  silentForMs,
  retryAfterMs,
});

test("a pause lies between a minute and a ceiling that grows from 2 minutes to 6 hours", () => {
  for (const [failedAttempts, ceilingMinutes] of [
    [1, 2],
    [2, 180],
    [3, 360],
    [4, 360],
    [100, 360],
    [1e9, 360],
  ] as const) {
    assert.equal(pauseMs(failure(failedAttempts), 0), MINUTE);
    assert.equal(pauseMs(failure(failedAttempts), 0.5), MINUTE + ((ceilingMinutes - 1) * MINUTE) / 2);
    assert.equal(pauseMs(failure(failedAttempts), 1), ceilingMinutes * MINUTE);
  }
});

test("Retry-After is waited for, up to a day, before the pause begins", () => {
  assert.equal(pauseMs(failure(1, 0, 0), 0.5), 1.5 * MINUTE);
  assert.equal(pauseMs(failure(1, 0, 2 * HOUR), 1), 2 * HOUR + 3 * HOUR);
  assert.equal(pauseMs(failure(9, 0, 400 * DAY), 1), DAY + 6 * HOUR);
  assert.equal(pauseMs(failure(9, 0, 400 * DAY), 1), LONGEST_PAUSE_MS);
  assert.equal(pauseMs(failure(1, 0, -5), 0), MINUTE);
});

test("after three days without any success there is one attempt a day", () => {
  assert.ok(pauseMs(failure(30, 3 * DAY - 1), 1) < DAY);
  for (const silentForMs of [3 * DAY, 29 * DAY]) assert.equal(pauseMs(failure(30, silentForMs), 0.5), DAY);
  assert.equal(pauseMs(failure(30, 4 * DAY, HOUR), 0.5), DAY);
});
