import assert from "node:assert/strict";
import { test } from "node:test";
import { soak } from "./soak.ts";

test("thirty days with all that happens in them send just the reports that they should", async () => {
  process.env.TZ = "UTC";
  const { wrong } = await soak(30, Math.trunc(Math.random() * 2 ** 31));
  assert.deepEqual(wrong, []);
});
