import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import type { Answer } from "../../src/delivery/collector.ts";
import { createOutbox } from "../../src/delivery/outbox.ts";
import type { Category } from "../../src/installation/changes.ts";
import { THIS_PROCESS } from "../../src/state/claimant.ts";
import { openState, type State } from "../../src/state/database.ts";

const START = new Date("2026-11-23T12:00:00Z");
const minutes = (n: number) => new Date(START.getTime() + n * 60_000);
const ACCEPTED: Answer = { kind: "accepted", status: 204 };
const DOWN: Answer = { kind: "unavailable", reason: "HTTP 503" };
const REFUSED: Answer = { kind: "refused", reason: "HTTP 400" };
const bodyOf = (name: string) => JSON.stringify({ idsite: 5, events: [{ name }] });

let directory: string;
let state: State;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "outbox-"));
  state = openState(directory);
});

afterEach(() => {
  state.close();
  rmSync(directory, { recursive: true });
});

function queue(...categories: Category[]): void {
  for (const category of categories)
    state.record(() => ({
      report: { category, body: bodyOf(category), observedAt: START },
      baseline: undefined,
    }));
}

/** An outbox whose collector gives these answers, one after the other, and then only 204. */
function outboxWith(...answers: Answer[]) {
  const sent: string[] = [];
  const lines: string[] = [];
  const stop = new AbortController();
  const clock = { now: START };
  const outbox = createOutbox({
    state,
    post: async (body) => {
      sent.push((JSON.parse(body) as { events: [{ name: string }] }).events[0].name);
      return answers.shift() ?? ACCEPTED;
    },
    now: () => clock.now,
    random: () => 0.5,
    log: {
      debug: (message) => lines.push(`debug ${message}`),
      info: (message) => lines.push(`info ${message}`),
      warn: (message) => lines.push(`warn ${message}`),
      error: (message) => lines.push(`error ${message}`),
      time: (instant) => instant.toISOString(),
    },
  });
  const deliver = (options?: { regardless: boolean }) => outbox.deliver(stop.signal, options);
  return { outbox, deliver, sent, lines, clock, stop };
}

const stored = () => state.queue().map((it) => [it.category, it.attempts, it.nextAttemptAt, it.outcome]);

test("with nothing waiting nothing is sent", async () => {
  const { outbox, deliver, sent } = outboxWith();
  assert.deepEqual(await deliver(), { delivered: 0, refused: 0, waiting: 0 });
  assert.deepEqual(sent, []);
  assert.equal(outbox.nextAttemptAt(), undefined);
});

test("what waits is sent once, oldest first, byte for byte as it was stored", async () => {
  queue("Install", "Upgrade", "Heartbeat");
  const { outbox, deliver, sent } = outboxWith();
  assert.deepEqual(outbox.nextAttemptAt(), START);
  assert.deepEqual(await deliver(), { delivered: 3, refused: 0, waiting: 0 });
  assert.deepEqual(await deliver(), { delivered: 0, refused: 0, waiting: 0 });
  assert.deepEqual(sent, ["Install", "Upgrade", "Heartbeat"]);
  const last = state.lastReport();
  assert.deepEqual(
    [last?.status, last?.body, last?.attempts, last?.outcome, last?.finishedAt],
    ["delivered", bodyOf("Heartbeat"), 1, "HTTP 204", START],
  );
});

test("a collector that is away keeps everything waiting, in order", async () => {
  queue("Install", "Heartbeat");
  const { outbox, deliver, sent } = outboxWith(DOWN);
  assert.deepEqual(await deliver(), { delivered: 0, refused: 0, waiting: 2 });
  assert.deepEqual(sent, ["Install"]);
  assert.deepEqual(stored(), [
    ["Install", 1, minutes(1.5), "HTTP 503"],
    ["Heartbeat", 0, undefined, undefined],
  ]);
  assert.deepEqual(outbox.nextAttemptAt(), minutes(1.5));
});

test("the pause is waited for, and grows with every failure", async () => {
  queue("Install", "Heartbeat");
  const { deliver, sent, clock } = outboxWith(DOWN, DOWN);
  await deliver();
  clock.now = minutes(1.4);
  assert.deepEqual(await deliver(), { delivered: 0, refused: 0, waiting: 2 });
  assert.deepEqual(sent, ["Install"]);
  clock.now = minutes(1.5);
  await deliver();
  assert.deepEqual(stored()[0], ["Install", 2, minutes(1.5 + 2.5), "HTTP 503"]);
  clock.now = minutes(4);
  assert.deepEqual(await deliver(), { delivered: 2, refused: 0, waiting: 0 });
});

test("an attempt that was asked for does not wait for the pause", async () => {
  queue("Install");
  const { deliver, clock } = outboxWith(DOWN);
  await deliver();
  clock.now = minutes(0.1);
  assert.deepEqual(await deliver({ regardless: true }), { delivered: 1, refused: 0, waiting: 0 });
});

test("a clock that was ahead does not hold a report back for longer than the longest pause", async () => {
  queue("Install");
  const { deliver, clock } = outboxWith(DOWN);
  clock.now = minutes(365 * 24 * 60);
  await deliver();
  clock.now = minutes(24 * 60);
  assert.deepEqual(await deliver(), { delivered: 1, refused: 0, waiting: 0 });
});

test("a report that is refused for good is not sent again and does not hold up the others", async () => {
  queue("Install", "Heartbeat");
  const { deliver, sent, lines } = outboxWith(REFUSED);
  assert.deepEqual(await deliver(), { delivered: 1, refused: 1, waiting: 0 });
  await deliver();
  assert.deepEqual(sent, ["Install", "Heartbeat"]);
  assert.equal(state.lastReport("Install")?.status, "refused");
  assert.match(lines[0] ?? "", /^error .*refused the Install \(HTTP 400\)/);
});

test("being stopped in the middle is not a failure of the collector", async () => {
  queue("Install");
  const { deliver, lines, stop } = outboxWith(DOWN);
  stop.abort();
  assert.deepEqual(await deliver(), { delivered: 0, refused: 0, waiting: 1 });
  assert.deepEqual(stored(), [["Install", 0, undefined, undefined]]);
  assert.deepEqual(lines, []);
});

test("that the collector is away, and that it is back, is said once each", async () => {
  queue("Install");
  const { deliver, lines } = outboxWith(DOWN, DOWN, DOWN);
  for (let attempt = 1; attempt <= 4; attempt++) await deliver({ regardless: true });
  assert.deepEqual(
    lines.map((it) => it.replace(/[:;(].*/, "").trim()),
    [
      "warn the collector cannot take reports now",
      "info the collector takes reports again",
      "info sent Install",
    ],
  );
});

test("a refusal shows that the collector is back", async () => {
  queue("Install");
  const { deliver, lines } = outboxWith(DOWN, REFUSED, DOWN);
  await deliver();
  await deliver({ regardless: true });
  queue("Heartbeat");
  await deliver();
  assert.equal(lines.filter((it) => it.startsWith("warn")).length, 2, lines.join("\n"));
});

test("what a process that died was sending is sent by the next one", async () => {
  queue("Install");
  const dead = openState(directory, { ...THIS_PROCESS, pid: 2 ** 22 + 1 });
  assert.ok(dead.claim(1, START, new Date(START.getTime() + 20_000)));
  dead.close();
  assert.ok(state.claim(1, START, new Date(START.getTime() + 20_000)));
});

test("what another container is sending is left to it, and looked at again when that should have ended", () => {
  queue("Install");
  const neighbour = openState(directory, { host: "another", pid: process.pid });
  const end = new Date(START.getTime() + 20_000);
  assert.ok(neighbour.claim(1, START, end));
  neighbour.close();
  assert.equal(state.claim(1, START, end), false);
  const log = { debug() {}, info() {}, warn() {}, error() {}, time: String };
  const post = async () => ACCEPTED;
  const outbox = createOutbox({ state, post, now: () => START, random: () => 0.5, log });
  assert.deepEqual(outbox.nextAttemptAt(), end);
  assert.ok(state.claim(1, end, end), "a claim ends");
});

test("two processes on one state do not send the same report twice", async () => {
  queue("Install");
  const sent: string[] = [];
  const arrived = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<Answer>();
  const log = { debug() {}, info() {}, warn() {}, error() {}, time: String };
  const edge = { now: () => START, random: () => 0.5, log };
  const { signal } = new AbortController();
  const daemon = createOutbox({
    ...edge,
    state,
    post: (body) => {
      sent.push(body);
      arrived.resolve();
      return answered.promise;
    },
  });
  const other = openState(directory, { ...THIS_PROCESS, pid: process.ppid });
  const command = createOutbox({
    ...edge,
    state: other,
    post: async (body) => {
      sent.push(body);
      return ACCEPTED;
    },
  });
  const delivery = daemon.deliver(signal);
  await arrived.promise;
  await command.deliver(signal, { regardless: true });
  answered.resolve(ACCEPTED);
  await delivery;
  other.close();
  assert.equal(sent.length, 1);
});
