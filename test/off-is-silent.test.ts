import assert from "node:assert/strict";
import { createHook } from "node:async_hooks";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createApp } from "../src/app.ts";
import type { Clock } from "../src/clock.ts";
import { loadConfig } from "../src/config.ts";
import { createLog } from "../src/log.ts";
import { createFakeCollector, type FakeCollector } from "./support/fake-collector.ts";
import { createFakeEngine, type FakeEngine } from "./support/fake-engine.ts";
import { miniature } from "./support/miniature.ts";

const START = new Date("2026-03-10T12:00:00Z");
const MONTH_MS = 31 * 24 * 60 * 60 * 1000;
/** Node's names for all that has to do with sockets and names of hosts. */
const NETWORK = /^(TCP|PIPE|UDP|TLS|GETADDRINFO|GETNAMEINFO|QUERY|DNS|HTTP)/;

describe("off is silent, for a month:", () => {
  let engine: FakeEngine;
  let collector: FakeCollector;
  let stateDir: string;

  beforeEach(async () => {
    engine = await createFakeEngine(miniature("25.10.4"));
    collector = await createFakeCollector();
    stateDir = await mkdtemp(join(tmpdir(), "off-"));
  });

  afterEach(async () => {
    await engine.close();
    await collector.close();
    await rm(stateDir, { recursive: true, force: true });
  });

  function app(env: Record<string, string>, clock: Clock) {
    const config = loadConfig({
      DOCKER_HOST: engine.host,
      COLLECTOR_URL: collector.url.replace("127.0.0.1", "localhost"),
      STATE_DIR: stateDir,
      SYSTEM_INFO_PORT: "0",
      HEARTBEAT_SCHEDULE: "30 4 * * *",
      SETTLE_SECONDS: "0",
      ...env,
    });
    return createApp(config, {
      version: "0.0.0",
      clock,
      random: () => 0.5,
      log: createLog({
        level: "trace",
        format: "text",
        destination: new PassThrough().resume(),
        now: clock.now,
      }),
      pid: process.pid,
      user: { uid: 0, gids: [0] },
      surroundings: { hostname: "test", readText: () => undefined },
    });
  }

  /** Runs the daemon for a month that is over at once; gives what it did in the network, and for how long it lived. */
  async function aMonth(env: Record<string, string>) {
    const stop = new AbortController();
    let now = START.getTime();
    const clock: Clock = {
      now: () => new Date(now),
      elapsedMs: () => now,
      async sleep(ms) {
        now += ms;
        if (now - START.getTime() > MONTH_MS) stop.abort();
        await turn();
      },
    };
    const used: string[] = [];
    const hook = createHook({
      init(_, type) {
        if (NETWORK.test(type)) used.push(type);
      },
    }).enable();
    await app(env, clock).run(stop.signal);
    hook.disable();
    return { used, days: (now - START.getTime()) / 86_400_000 };
  }

  const realClock: Clock = { now: () => START, elapsedMs: () => 0, sleep: async () => {} };

  test("this test sees the sockets and look-ups of a program that is on", async () => {
    const { used } = await aMonth({});
    for (const type of ["PIPECONNECTWRAP", "TCPCONNECTWRAP", "GETADDRINFOREQWRAP"])
      assert.ok(used.includes(type), `${type} is not among ${[...new Set(used)]}`);
  });

  const variables: Record<string, string>[] = [
    { METRIC_COLLECTION: "False" },
    { METRIC_COLLECTION: "" },
    { METRIC_COLLECTION: "Flase" },
    { DO_NOT_TRACK: "1" },
  ];
  for (const env of variables)
    test(`by ${JSON.stringify(env)}`, async () => {
      const { used, days } = await aMonth(env);
      assert.deepEqual(used, []);
      assert.ok(days > 24, `it lived for ${days} days`);
    });

  test("by an opt-out, once its last event is delivered", async () => {
    const change = await app({}, realClock).changeConsent(
      false,
      "command line",
      new AbortController().signal,
    );
    assert.equal(change.farewell, "sent");
    const { used, days } = await aMonth({});
    assert.deepEqual(used, []);
    assert.ok(days > 30, `it lived for ${days} days`);
    assert.deepEqual(collector.categories(), ["Consent Withdrawn"]);
    assert.deepEqual(engine.requests, []);
  });
});
