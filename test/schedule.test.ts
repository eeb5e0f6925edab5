import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { createSchedule, drawDailySlot, heartbeatDueAt, NEVER } from "../src/schedule.ts";

process.env.TZ = "UTC";
afterEach(() => {
  process.env.TZ = "UTC";
});

const at = (iso: string) => new Date(`2026-${iso}Z`);

test("the daily slot is a minute of the day", () => {
  for (const [random, slot] of [
    [0, "0 0 * * *"],
    [0.5, "0 12 * * *"],
    [0.25 + 17 / 1440, "17 6 * * *"],
    [0.9999999, "59 23 * * *"],
  ] as const)
    assert.equal(
      drawDailySlot(() => random),
      slot,
    );
});

test("the next slot is never the one that has come", () => {
  const schedule = createSchedule("30 4 * * *");
  assert.deepEqual(schedule.next(at("03-10T04:29:59.999")), at("03-10T04:30:00"));
  assert.deepEqual(schedule.next(at("03-10T04:30:00.000")), at("03-11T04:30:00"));
});

test("an expression of 6 fields starts with the second", () => {
  assert.deepEqual(createSchedule("15 30 4 * * *").next(at("03-10T00:00:00")), at("03-10T04:30:15"));
});

test("the slot is in local time", () => {
  process.env.TZ = "Asia/Kolkata";
  assert.deepEqual(createSchedule("30 4 * * *").next(at("03-10T00:00:00")), at("03-10T23:00:00"));
});

const CASES: [what: string, lastReport: string, lastHeartbeat: string | undefined, dueAt: string][] = [
  ["at the slot of the next day", "03-09T04:30:05", "03-09T04:30:05", "03-10T04:30:00"],
  ["once only for a slot", "03-09T04:30:00", "03-09T04:30:00", "03-10T04:30:00"],
  ["not for a slot that an Upgrade has filled", "03-10T06:00:00", "03-09T04:30:05", "03-11T04:30:00"],
  ["for the slot after an Upgrade", "03-10T02:00:00", "03-09T04:30:05", "03-10T04:30:00"],
  ["for the slot after the Install", "03-10T12:00:00", undefined, "03-11T04:30:00"],
  ["for a slot long gone, when nobody was there", "03-01T04:30:05", "03-01T04:30:05", "03-02T04:30:00"],
  ["20 hours after one that was late", "03-09T11:00:00", "03-09T11:00:00", "03-10T07:00:00"],
  ["at the slot when the late one is 20 hours ago", "03-09T08:30:00", "03-09T08:30:00", "03-10T04:30:00"],
];

describe("a Heartbeat is due", () => {
  const schedule = createSchedule("30 4 * * *");
  for (const [what, lastReport, lastHeartbeat, dueAt] of CASES)
    test(what, () => {
      const lastHeartbeatAt = lastHeartbeat === undefined ? undefined : at(lastHeartbeat);
      assert.deepEqual(
        heartbeatDueAt(schedule, at(dueAt), { lastReportAt: at(lastReport), lastHeartbeatAt }),
        at(dueAt),
      );
    });

  test("never as long as nothing was reported: the Install comes first", () => {
    assert.equal(
      heartbeatDueAt(schedule, at("03-10T04:30:00"), { lastReportAt: undefined, lastHeartbeatAt: undefined }),
      NEVER,
    );
  });
});

test("a report that a wrong clock dated into next year does not silence the heartbeats until then", () => {
  const [now, wrong] = [at("03-10T12:00:00"), new Date("2027-03-10T12:00:00Z")];
  const due = heartbeatDueAt(createSchedule("30 4 * * *"), now, {
    lastReportAt: wrong,
    lastHeartbeatAt: wrong,
  });
  assert.ok(due <= now);
});

test("a clock that was put back an hour repeats no heartbeat", () => {
  const [now, before] = [at("03-10T04:00:00"), at("03-10T04:30:01")];
  const due = heartbeatDueAt(createSchedule("30 4 * * *"), now, {
    lastReportAt: before,
    lastHeartbeatAt: before,
  });
  assert.deepEqual(due, at("03-11T04:30:00"));
});

describe("summer and winter time neither skip nor repeat a day", () => {
  for (const [zone, expression] of [
    ["Europe/Berlin", "30 2 * * *"],
    ["Europe/Berlin", "0 3 * * *"],
    ["America/Santiago", "30 0 * * *"],
    ["Australia/Lord_Howe", "45 1 * * *"],
  ] as const)
    test(`${expression} in ${zone}`, () => {
      process.env.TZ = zone;
      const schedule = createSchedule(expression);
      let sent = at("01-01T12:00:00");
      let count = 0;
      for (let now = sent; now < new Date("2027-01-01T12:00:00Z"); now = new Date(now.getTime() + 1_800_000))
        if (now >= heartbeatDueAt(schedule, now, { lastReportAt: sent, lastHeartbeatAt: sent })) {
          sent = now;
          count++;
        }
      assert.equal(count, 365);
    });
});
