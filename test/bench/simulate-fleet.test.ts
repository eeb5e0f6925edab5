import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { drawChart } from "../../bench/fleet/chart.ts";
import { minutesOf } from "../../bench/fleet/collector.ts";
import { type Result, runScenario } from "../../bench/fleet/scenarios.ts";
import { drawTable } from "../../bench/fleet/table.ts";
import { AFTER_OUTAGE, DAY_AFTER_RELEASE, NORMAL_DAY, type Span } from "../../bench/fleet/week.ts";

process.env.TZ = "UTC";

const SIDECARS = 100_000;
/** As many requests fall into these as into a minute when there are a million sidecars: chance weighs the same. */
const BUCKET_MINUTES = 10;

function peakOverMean({ perMinute, mean }: Result, span: Span): number {
  const minutes = minutesOf(perMinute, span);
  const buckets = Array.from({ length: minutes.length / BUCKET_MINUTES }, (_, i) =>
    minutes.subarray(i * BUCKET_MINUTES, (i + 1) * BUCKET_MINUTES).reduce((a, b) => a + b),
  );
  return Math.max(...buckets) / BUCKET_MINUTES / mean;
}

for (const [id, collector] of [
  ["ours", "cannot be reached"],
  ["oursToldWhen", "says when it comes back"],
] as const)
  describe(`a fleet, a release, and a collector that for two hours ${collector}`, () => {
    const result = runScenario(id, { sidecars: SIDECARS, seed: 1 });
    const { upgrades, heartbeats, delivered, lost, duplicates } = result.outcome;

    test("every report arrives, and once", () => {
      assert.deepEqual({ upgrades, lost, duplicates }, { upgrades: SIDECARS, lost: 0, duplicates: 0 });
      assert.equal(delivered, upgrades + heartbeats);
    });

    test("a day has one Heartbeat, but for an Upgrade that came in its place", () => {
      assert.equal(Math.round(heartbeats / (SIDECARS / 100)), 700);
      assert.ok(heartbeats <= 7 * SIDECARS);
    });

    test("a day without events has no peaks", () => {
      for (const day of [NORMAL_DAY, DAY_AFTER_RELEASE]) assert.ok(peakOverMean(result, day) <= 1.2);
    });

    test("after the outage they do not come back together", () => {
      const peak = peakOverMean(result, AFTER_OUTAGE);
      assert.ok(peak > 1.2 && peak <= 3, `${peak} times the mean`);
    });
  });

test("timers without jitter and a fixed minute lose nothing either, but come in crowds", () => {
  for (const id of ["timer", "cron"] as const) {
    const result = runScenario(id, { sidecars: 2_000, seed: 1 });
    assert.deepEqual([result.outcome.lost, result.outcome.duplicates], [0, 0]);
    assert.ok(peakOverMean(result, DAY_AFTER_RELEASE) > 10);
    assert.ok(peakOverMean(result, AFTER_OUTAGE) > 10);
  }
});

test("the same seed gives the same table and chart, and the chart is small", () => {
  const [one, again, other] = [1, 1, 2].map((seed) => runScenario("ours", { sidecars: 1_000, seed }));
  assert.ok(one && again && other);
  assert.equal(drawTable([one]), drawTable([again]));
  assert.notEqual(drawTable([one]), drawTable([other]));
  const chart = drawChart([one], 1_000);
  assert.equal(chart, drawChart([again], 1_000));
  assert.ok(chart.length < 20_000);
});
