import assert from "node:assert/strict";
import { test } from "node:test";
import { tryKills } from "./kill.ts";

test("killed 40 times at random moments, it loses nothing, and sends again only what was not known to have arrived", async () => {
  const seed = Math.trunc(Math.random() * 2 ** 31);
  const { wrong, times } = await tryKills({ lives: 2, killsPerLife: 20, seed, atOnce: 2 });
  assert.deepEqual(wrong, []);
  assert.ok(times >= 40, `only ${times} kills`);
});
