import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { tryCrashPoints } from "./crash-points.ts";
import { SCENARIOS } from "./crash-scenarios.ts";

describe("ended between any two writes or requests, the program comes out right at the next start", () => {
  before(() => {
    process.env.TZ = "UTC";
  });

  for (const scenario of SCENARIOS)
    test(scenario.name, async () => {
      const { points, wrong } = await tryCrashPoints(scenario, false);
      assert.deepEqual(wrong, []);
      assert.ok(points > 2, `only ${points} points`);
    });
});
