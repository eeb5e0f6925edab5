import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bundleBytes, MAX_BUNDLE_BYTES } from "../../bench/measure/bundle.ts";
import { watchEngine } from "../../bench/measure/busy-engine.ts";
import { crowd, USUAL } from "../../bench/measure/crowd.ts";
import { isReached, spreadOf } from "../../bench/measure/figure.ts";
import { createJumpingClock } from "../../bench/measure/jumping-clock.ts";
import { countRequests } from "../../bench/measure/requests.ts";
import { slope } from "../../bench/measure/scale.ts";
import { startSimulated } from "../../bench/measure/simulated-daemon.ts";
import { countWakeUps } from "../../bench/measure/wake-ups.ts";
import { createEngine } from "../../src/docker/engine.ts";
import { parseEngineAddress } from "../../src/docker/engine-address.ts";
import { createFakeEngine } from "../support/fake-engine.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NOON = new Date("2026-03-10T12:00:00Z");
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe("what the program asks of an engine", () => {
  const few = countRequests(USUAL);
  const many = countRequests(1_000);

  test("an unchanged installation costs at most 3 requests a look, however large it is", async () => {
    assert.ok((await few).unchanged <= 3, `${(await few).unchanged} requests`);
    assert.ok((await many).unchanged <= 3, `${(await many).unchanged} requests`);
  });

  test("new images cost as much for 1,000 containers as for 11", async () => {
    assert.equal((await many).newImages, (await few).newImages);
    assert.ok((await few).newImages <= 25, `${(await few).newImages} requests`);
  });
});

test("a daemon without events wakes up no more than once a minute, and 300 times a day", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bench-test-"));
  const fake = await createFakeEngine(crowd("25.10.4", USUAL), NOON);
  const { engine, isBusy } = watchEngine(createEngine(parseEngineAddress({ DOCKER_HOST: fake.host })));
  let wakeUps = countWakeUps();
  const clock = createJumpingClock(NOON, isBusy, (moment) => wakeUps.add(moment));
  const daemon = startSimulated(
    { STATE_DIR: folder },
    { clock, engine, post: async () => ({ kind: "accepted", status: 204 }) },
  );
  try {
    await clock.advanceTo(new Date(NOON.getTime() + 10 * MINUTE));
    wakeUps = countWakeUps();
    await clock.advanceTo(new Date(NOON.getTime() + 2 * DAY));
    assert.ok(wakeUps.count <= 600, `${wakeUps.count} times in two days`);
    assert.equal(wakeUps.inBusiestMinute, 1);
  } finally {
    await daemon.stop();
    await fake.close();
    await rm(folder, { recursive: true, force: true });
  }
});

test("the bundle has at most 1 MB", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bench-test-"));
  try {
    for (const name of ["src", "package.json", "build.ts"])
      await cp(join(ROOT, name), join(folder, name), { recursive: true });
    await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
    await promisify(execFile)(process.execPath, ["build.ts"], { cwd: folder });
    const bytes = await bundleBytes(join(folder, "dist"));
    assert.ok(bytes <= MAX_BUNDLE_BYTES, `${bytes} bytes`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

describe("the benchmark's own arithmetic", () => {
  test("the middle of several runs", () => {
    assert.deepEqual(spreadOf([3, 1, 2]), { min: 1, median: 2, max: 3, runs: 3 });
    assert.equal(spreadOf([4, 1, 2, 3]).median, 2.5);
    assert.throws(() => spreadOf([]), RangeError);
  });

  test("a target is for the ratio of the middles, or for ours", () => {
    const ours = spreadOf([4, 6, 8]);
    const peer = { name: "bare Node", spread: spreadOf([3]) };
    const figure = { what: "it", unit: "MB", ours } as const;
    assert.equal(isReached({ ...figure, peer, target: { of: "ratio", most: 2 } }), true);
    assert.equal(isReached({ ...figure, peer, target: { of: "ratio", most: 1.9 } }), false);
    assert.equal(isReached({ ...figure, peer, target: { of: "ours", most: 5 } }), false);
    assert.equal(isReached({ ...figure, peer }), undefined);
  });

  test("the slope of a line, and the busiest minute", () => {
    assert.equal(
      slope([
        { x: 0, y: 5 },
        { x: 10, y: 25 },
        { x: 20, y: 45 },
      ]),
      2,
    );
    const wakeUps = countWakeUps();
    for (const moment of [0, 59_999, 60_000, 200_000]) wakeUps.add(moment);
    assert.equal(wakeUps.count, 4);
    assert.equal(wakeUps.inBusiestMinute, 2);
  });
});
