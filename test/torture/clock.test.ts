import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { tryNamedClocks, tryRandomClocks, tryUntouchedClock } from "./clock.ts";
import { tryClaimsOfAnotherTime, tryClocksSetWhileOff } from "./clock-off.ts";
import { tryDaylightSaving } from "./daylight-saving.ts";
import type { Row } from "./row.ts";

describe("a clock that is set", () => {
  before(() => {
    process.env.TZ = "UTC";
  });

  const tries: [name: string, run: () => Promise<Row>][] = [
    ["untouched, it lets one heartbeat go out in the minute of each slot", tryUntouchedClock],
    [
      "in true time, two heartbeats are never within 20 hours nor more than 25 hours and 11 minutes apart, however the clock is set and the host sleeps",
      tryNamedClocks,
    ],
    ["the same after whatever happens to it", () => tryRandomClocks(20, Math.trunc(Math.random() * 2 ** 31))],
    [
      "the same in the nights in which summer time begins or ends, also for a slot that comes never or twice",
      () => tryDaylightSaving(60),
    ],
    ["when it was set while the program was off, there is a heartbeat within two days", tryClocksSetWhileOff],
    [
      "when it was set after a container was killed in sending, the next one sends it, once",
      tryClaimsOfAnotherTime,
    ],
  ];
  for (const [name, run] of tries)
    test(name, async () => {
      const { wrong } = await run();
      assert.deepEqual(wrong, []);
    });
});
