import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type App, createApp, type Edge } from "../src/app.ts";
import { loadConfig } from "../src/config.ts";
import type { PostReport } from "../src/delivery/collector.ts";
import { createLog } from "../src/log.ts";
import { openState } from "../src/state/database.ts";
import { createFakeClock, type FakeClock } from "./support/fake-clock.ts";
import { createFakeCollector, eventsOf, type FakeCollector } from "./support/fake-collector.ts";
import { createFakeEngine, type FakeEngine } from "./support/fake-engine.ts";
import { miniature } from "./support/miniature.ts";
import { until } from "./support/sidecar.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOON = new Date("2026-03-10T12:00:00Z");

describe("the daemon, with a clock in hand", () => {
  let clock: FakeClock;
  let engine: FakeEngine;
  let collector: FakeCollector;
  let stateDir: string;
  let lines: string[];
  let running: { stop(): Promise<void> } | undefined;

  beforeEach(async () => {
    clock = createFakeClock(NOON, () => engine.requests.length + collector.requests.length + lines.length);
    engine = await createFakeEngine(miniature("25.10.3"), NOON);
    collector = await createFakeCollector();
    stateDir = await mkdtemp(join(tmpdir(), "app-test-"));
    lines = [];
  });

  afterEach(async () => {
    await running?.stop();
    running = undefined;
    await engine.close();
    await collector.close();
    await rm(stateDir, { recursive: true, force: true });
  });

  function app(env: Record<string, string> = {}, edge: Partial<Edge> = {}): App {
    const destination = new PassThrough({ encoding: "utf8" }).on("data", (line) => lines.push(line));
    const config = loadConfig({
      DOCKER_HOST: engine.host,
      COLLECTOR_URL: collector.url,
      STATE_DIR: stateDir,
      HEARTBEAT_SCHEDULE: "30 4 * * *",
      SYSTEM_INFO_PORT: "0",
      ...env,
    });
    return createApp(config, {
      version: "0.0.0",
      clock,
      random: () => 0.5,
      log: createLog({ level: "debug", format: "text", destination, now: () => clock.now() }),
      pid: process.pid,
      user: { uid: 0, gids: [0] },
      surroundings: { hostname: "test", readText: () => undefined },
      ...edge,
    });
  }

  async function start(env: Record<string, string> = {}, edge: Partial<Edge> = {}) {
    const stop = new AbortController();
    const ended = app(env, edge).run(stop.signal);
    running = {
      async stop() {
        stop.abort();
        await ended;
      },
    };
    await clock.settled();
  }

  async function stop() {
    await running?.stop();
    running = undefined;
  }

  const restart = async (env: Record<string, string> = {}) => {
    await stop();
    await start(env);
  };
  const logged = (text: string | RegExp) =>
    lines.filter((it) => (typeof text === "string" ? it.includes(text) : text.test(it)));
  const times = () =>
    collector.bodies.map((it) => new Date((eventsOf(it)[0]?.period_start ?? 0) * 1000).toISOString());

  test("the first look comes when things have settled, and sends the Install", async () => {
    await start();
    await clock.advance(59 * SECOND);
    assert.deepEqual(collector.categories(), []);
    await clock.advance(1 * SECOND);
    assert.deepEqual(collector.categories(), ["Install"]);
    assert.deepEqual(times(), ["2026-03-10T12:01:00.000Z"]);
  });

  test("one heartbeat a day, at its slot", async () => {
    await start();
    await clock.advance(4 * DAY);
    assert.deepEqual(collector.categories(), ["Install", "Heartbeat", "Heartbeat", "Heartbeat", "Heartbeat"]);
    assert.deepEqual(
      times().slice(1),
      [11, 12, 13, 14].map((day) => `2026-03-${day}T04:30:00.000Z`),
    );
  });

  test("a slot is drawn where none is set, and kept over restarts", async () => {
    const slot = () => logged("(schedule").map((it) => /schedule (.*?)\)/.exec(it)?.[1]);
    await start({ HEARTBEAT_SCHEDULE: "" });
    await restart({ HEARTBEAT_SCHEDULE: "" });
    assert.deepEqual(slot(), ["0 12 * * *", "0 12 * * *"]);
  });

  test("a restart neither repeats the day's heartbeat nor the Install", async () => {
    await start();
    await clock.advance(17 * HOUR);
    for (let i = 0; i < 3; i++) {
      await restart();
      await clock.advance(HOUR);
    }
    assert.deepEqual(collector.categories(), ["Install", "Heartbeat"]);
  });

  test("a slot that was missed is made up for at the next start, once", async () => {
    await start();
    await clock.advance(HOUR);
    await stop();
    clock.set(new Date("2026-03-13T09:00:00Z"));
    await start();
    await clock.advance(HOUR);
    assert.deepEqual(collector.categories(), ["Install", "Heartbeat"]);
    await clock.advance(3 * DAY);
    assert.deepEqual(times().slice(1), [
      "2026-03-13T09:01:00.000Z",
      "2026-03-14T05:01:00.000Z", // not within 20 hours of the one before
      "2026-03-15T04:30:00.000Z",
      "2026-03-16T04:30:00.000Z",
    ]);
  });

  test("changed containers are looked at when they have settled: twelve of them make one Upgrade", async () => {
    await start();
    await clock.advance(10 * MINUTE);
    engine.install(miniature("25.10.4"), clock.now());
    await until("the events", () => engine.requests.length > 0);
    await new Promise((done) => setTimeout(done, 100));
    await clock.advance(59 * SECOND);
    assert.deepEqual(collector.categories(), ["Install"]);
    await clock.advance(2 * SECOND);
    assert.deepEqual(collector.categories(), ["Install", "Upgrade"]);
    await clock.advance(HOUR);
    assert.deepEqual(collector.categories(), ["Install", "Upgrade"]);
  });

  test("containers that change while we look are looked at again", async () => {
    await start();
    let changed = false;
    engine.intercept = (_, path) => {
      if (path === "/info" && !changed) {
        changed = true;
        engine.install(miniature("25.10.4"), clock.now());
      }
      return undefined;
    };
    await clock.advance(5 * MINUTE);
    assert.deepEqual(collector.categories(), ["Install", "Upgrade"]);
  });

  test("where the stream of events is forbidden, a change is noticed within 11 minutes", async () => {
    engine.intercept = (_, path) => (path === "/events" ? 403 : undefined);
    await start();
    await clock.advance(3 * HOUR);
    engine.install(miniature("25.10.4"), clock.now());
    await clock.advance(11 * MINUTE);
    assert.deepEqual(collector.categories(), ["Install", "Upgrade"]);
  });

  test("a stream of events that dies without a word is noticed within 10 minutes, and nothing is missed", async () => {
    await start();
    await clock.advance(HOUR);
    engine.muteStreams();
    engine.install(miniature("25.10.4"), clock.now());
    await clock.advance(11 * MINUTE);
    assert.deepEqual(collector.categories(), ["Install", "Upgrade"]);
  });

  test("a look after a change of containers sends no heartbeat", async () => {
    await start();
    await clock.advance(17 * HOUR);
    engine.install(miniature("25.10.3"), clock.now());
    await new Promise((done) => setTimeout(done, 100));
    await clock.advance(2 * HOUR);
    assert.deepEqual(collector.categories(), ["Install", "Heartbeat"]);
  });

  test("an unchanged installation costs two requests a look, and no files", async () => {
    await start();
    await clock.advance(2 * MINUTE);
    const before = engine.requests.length;
    await clock.advance(DAY);
    const asked = engine.requests.slice(before).filter((it) => it !== "GET /events");
    assert.deepEqual(asked, ["GET /containers/json", "GET /info"]);
  });

  test("a collector that is away keeps the report waiting; it arrives with the time it was made", async () => {
    collector.answer = { status: 503 };
    await start();
    await clock.advance(5 * HOUR);
    const attempts = collector.bodies.length;
    assert.ok(attempts > 3 && attempts < 15, `${attempts} attempts in 5 hours`);
    assert.equal(new Set(collector.bodies).size, 1, "the same bytes each time");
    assert.equal(logged("cannot take reports now").length, 1);
    assert.match(logged("cannot take reports now")[0] ?? "", /HTTP 503.*nothing is broken/);
    collector.answer = { status: 204 };
    await clock.advance(6 * HOUR);
    assert.equal(collector.bodies.length, attempts + 1);
    assert.equal(times().at(-1), "2026-03-10T12:01:00.000Z");
    assert.equal(logged("takes reports again").length, 1);
  });

  test("the order of the reports is kept while the collector is away", async () => {
    collector.answer = { status: 500 };
    await start();
    await clock.advance(5 * MINUTE);
    engine.install(miniature("25.10.4"), clock.now());
    await new Promise((done) => setTimeout(done, 100));
    await clock.advance(5 * MINUTE);
    collector.bodies.length = 0;
    collector.answer = { status: 204 };
    await clock.advance(6 * HOUR);
    assert.deepEqual(collector.categories(), ["Install", "Upgrade"]);
  });

  test("a refusal is final, says so, and does not block what follows", async () => {
    collector.answer = { status: 400 };
    await start();
    await clock.advance(2 * MINUTE);
    assert.equal(logged(/refused the Install \(HTTP 400\)/).length, 1);
    collector.answer = { status: 204 };
    await clock.advance(DAY);
    assert.deepEqual(collector.categories(), ["Install", "Heartbeat"]);
  });

  test("an engine that is away is said once; nothing is stored or sent until it is back", async () => {
    engine.intercept = () => 500;
    await start();
    await clock.advance(3 * HOUR);
    assert.equal(logged("the Docker Engine did not give").filter((it) => it.includes("WARN")).length, 1);
    assert.deepEqual(collector.categories(), []);
    assert.equal(app().health().healthy, false);
    engine.intercept = () => undefined;
    await clock.advance(11 * MINUTE);
    assert.deepEqual(collector.categories(), ["Install"]);
    assert.equal(app().health().healthy, true);
  });

  test("an installation that was there before us is no Install", async () => {
    const labels = { "com.docker.compose.project": "docker-openwisp" };
    engine.traces.push({ labels, createdAt: new Date(NOON.getTime() - 400 * DAY) });
    await start();
    await clock.advance(2 * MINUTE);
    engine.install(miniature("25.10.4"), clock.now());
    await new Promise((done) => setTimeout(done, 100));
    await clock.advance(2 * MINUTE);
    assert.deepEqual(collector.categories(), ["Heartbeat", "Upgrade"]);
  });

  test("the sidecar takes over when OpenWISP's own collector is switched off", async () => {
    engine.install(miniature("25.10.3", { environment: { METRIC_COLLECTION: "True" } }), NOON);
    await start();
    await clock.advance(2 * DAY);
    assert.deepEqual(collector.categories(), []);
    assert.equal(logged("standing by").length, 1);
    assert.match(
      logged("standing by")[0] ?? "",
      /celerybeat: \{ environment: \{ METRIC_COLLECTION: "False" \} \}/,
    );
    engine.install(miniature("25.10.3"), NOON);
    await new Promise((done) => setTimeout(done, 100));
    await clock.advance(2 * MINUTE);
    assert.equal(collector.categories().length, 1);
  });

  test("the notice comes once, before anything is sent", async () => {
    await start();
    await clock.advance(2 * MINUTE);
    await restart();
    await clock.advance(2 * MINUTE);
    assert.equal(logged("Opt out at any time").length, 1);
    const place = (text: string) => lines.findIndex((it) => it.includes(text));
    assert.ok(place("Opt out at any time") < place("sent Install"));
  });

  test("off is silent: the engine and the collector hear nothing", async () => {
    for (const env of [
      { METRIC_COLLECTION: "False" },
      { METRIC_COLLECTION: "Flase" },
      { DO_NOT_TRACK: "1" },
    ]) {
      await start(env);
      await clock.advance(40 * DAY);
      await stop();
    }
    assert.deepEqual([engine.requests, collector.requests], [[], []]);
    assert.equal(logged("usage metrics are off").length, 3);
    assert.match(logged("ERROR")[0] ?? "", /METRIC_COLLECTION is "Flase"/);
  });

  test("an upgrade made while off is an Upgrade after it", async () => {
    await start();
    await clock.advance(2 * MINUTE);
    await restart({ METRIC_COLLECTION: "no" });
    engine.install(miniature("25.10.4"), clock.now());
    await clock.advance(3 * DAY);
    await restart();
    await clock.advance(2 * MINUTE);
    assert.deepEqual(collector.categories(), ["Install", "Upgrade"]);
  });

  test("what waited when the metrics were turned off is not sent when they are on again", async () => {
    collector.answer = { status: 503 };
    await start();
    await clock.advance(2 * MINUTE);
    await restart({ METRIC_COLLECTION: "False" });
    collector.answer = { status: 204 };
    collector.bodies.length = 0;
    assert.equal(logged("1 waiting report is discarded").length, 1);
    await restart();
    await clock.advance(5 * MINUTE);
    assert.deepEqual(collector.categories(), []);
  });

  const optOut = () => app().changeConsent(false, "command line", new AbortController().signal);
  const optIn = () => app().changeConsent(true, "System Info page", new AbortController().signal);

  test("an opt-out sends one last event, and then nothing, until the admin opts in", async () => {
    await start();
    await clock.advance(2 * MINUTE);
    const change = await optOut();
    assert.deepEqual([change.changed, change.usageMetrics, change.farewell], [true, "off", "sent"]);
    assert.deepEqual(JSON.parse(collector.bodies[1] ?? ""), {
      idsite: 5,
      events: [
        {
          category: "Consent Withdrawn",
          action: "Action",
          name: "Opt-out",
          value: 1,
          times: 1,
          period_start: 1773144120,
          period_end: 1773144120,
        },
      ],
    });
    await until("the daemon to notice", () => logged("usage metrics are off: opted out").length > 0);
    assert.equal((await optOut()).changed, false);
    engine.requests.length = 0;
    engine.install(miniature("25.10.4"), clock.now());
    await clock.advance(2 * DAY);
    await restart();
    await clock.advance(DAY);
    assert.deepEqual(collector.categories(), ["Install", "Consent Withdrawn"]);
    assert.deepEqual(engine.requests, []);
    assert.equal(app().health().healthy, true);
    await optIn();
    await until("the daemon to notice", () => logged("usage metrics are on: opted in").length > 0);
    await clock.advance(2 * MINUTE);
    assert.deepEqual(collector.categories().slice(2), ["Upgrade"]);
  });

  test("an opt-out discards what waits; its last event is sent when the collector is back", async () => {
    collector.answer = { status: 503 };
    await start();
    await clock.advance(2 * MINUTE);
    const change = await optOut();
    assert.deepEqual([change.discarded, change.farewell], [1, "waiting"]);
    await until("the daemon to notice", () => logged("usage metrics are off: opted out").length > 0);
    collector.answer = { status: 204 };
    collector.bodies.length = 0;
    await clock.advance(DAY);
    assert.deepEqual(collector.categories(), ["Consent Withdrawn"]);
    assert.deepEqual(app().status().waiting, []);
  });

  test("an opt-in while the last event of the opt-out is on its way does not have it sent again", async () => {
    collector.answer = { status: 503 };
    const received: string[] = [];
    let accept = () => {};
    const post: PostReport = (body, signal) =>
      new Promise((done) => {
        received.push(eventsOf(body)[0]?.category ?? "");
        accept = () => done({ kind: "accepted", status: 204 });
        signal.addEventListener("abort", () => done({ kind: "unavailable", reason: "it was stopped" }));
      });
    await start({}, { post });
    assert.equal((await optOut()).farewell, "waiting");
    await until("the daemon to notice", () => logged("usage metrics are off: opted out").length > 0);
    // It does not come to rest before it has an answer.
    const advanced = clock.advance(5 * MINUTE);
    await until("the daemon to send it", () => received.length === 1);
    await optIn();
    await delay(100);
    accept();
    await advanced;
    await until("the daemon to go on", () => logged("usage metrics are on: opted in").length > 0);
    await clock.settled();
    assert.equal(received.filter((it) => it === "Consent Withdrawn").length, 1, received.join());
  });

  test("an opt-out during a look keeps what was seen from being stored", async () => {
    await start();
    let asked: (() => void) | undefined;
    engine.intercept = (_, path) => {
      if (path === "/info") asked?.();
      return undefined;
    };
    const optedOut = new Promise<void>((done) => {
      asked = () => {
        asked = undefined;
        void optOut().then(() => done());
      };
    });
    await clock.advance(61 * SECOND);
    await optedOut;
    await clock.advance(DAY);
    assert.deepEqual(collector.categories(), ["Consent Withdrawn"]);
    assert.equal(app().status().baseline, null);
  });

  test("an opt-out while the environment says off sends nothing", async () => {
    collector.answer = { status: 503 };
    await start();
    await clock.advance(2 * MINUTE);
    await stop();
    collector.bodies.length = 0;
    const off = app({ METRIC_COLLECTION: "False" });
    const change = await off.changeConsent(false, "command line", new AbortController().signal);
    assert.deepEqual([change.changed, change.discarded, change.farewell], [true, 1, null]);
    assert.match(change.decidedBy, /METRIC_COLLECTION/);
    assert.deepEqual(collector.bodies, []);
    assert.equal(app().status().usageMetrics, "off");
  });

  test("two sidecars on one state: one works, the other waits, says so, and takes over", async () => {
    await start();
    const first = running;
    await start();
    const second = running;
    await clock.advance(2 * DAY);
    assert.deepEqual(collector.categories(), ["Install", "Heartbeat", "Heartbeat"]);
    assert.equal(logged("another openwisp-metrics works with the state").length, 1);
    running = second;
    await first?.stop();
    await clock.advance(DAY);
    assert.deepEqual(collector.categories().slice(3), ["Heartbeat"]);
  });

  test("a damaged state is set aside, and what was installed before is no second Install", async () => {
    await start();
    await clock.advance(2 * MINUTE);
    await stop();
    await writeFile(join(stateDir, "openwisp-metrics.sqlite"), "garbage ".repeat(1000));
    await start();
    await clock.advance(2 * MINUTE);
    assert.deepEqual(collector.categories(), ["Install", "Heartbeat"]);
    assert.equal(logged(/the state was damaged: it was set aside/).length, 1);
    engine.install(miniature("25.10.4"), clock.now());
    await new Promise((done) => setTimeout(done, 100));
    await clock.advance(2 * MINUTE);
    assert.deepEqual(collector.categories(), ["Install", "Heartbeat", "Upgrade"]);
  });

  test("every report keeps its history", async () => {
    collector.answer = { status: 503 };
    await start();
    await clock.advance(2 * MINUTE);
    collector.answer = { status: 204 };
    await clock.advance(10 * MINUTE);
    const [install, ...others] = app().history();
    assert.deepEqual(others, []);
    assert.equal(install?.status, "delivered");
    const outcomes = install?.attempts.map((it) => it.outcome) ?? [];
    assert.deepEqual([outcomes.at(0), outcomes.at(-1)], ["HTTP 503", "HTTP 204"]);
    assert.equal(install?.body, collector.bodies[0]);
  });

  test("a state folder that cannot be used stops everything until it can", async () => {
    const place = join(stateDir, "state");
    await writeFile(place, "a file where the folder should be");
    await start({ STATE_DIR: place });
    await clock.advance(HOUR);
    assert.deepEqual(collector.categories(), []);
    assert.equal(logged("cannot be opened").length, 1);
    await rm(place);
    await clock.advance(5 * MINUTE);
    assert.deepEqual(collector.categories(), ["Install"]);
  });

  test("preview gives the very bytes that are sent next, and stores nothing", async () => {
    const preview = await app().preview();
    assert.equal(openState(stateDir).baseline(), undefined);
    await app().report(new AbortController().signal);
    assert.deepEqual(preview, { kind: "body", body: collector.bodies[0], held: undefined });
  });
});
