import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import type { Answer } from "../../src/delivery/collector.ts";
import { createOutbox } from "../../src/delivery/outbox.ts";
import type { ReportCategory } from "../../src/report/events.ts";
import { THIS_PROCESS } from "../../src/state/claimant.ts";
import { openState } from "../../src/state/database.ts";
import type { State } from "../../src/state/state.ts";

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

function queue(...categories: ReportCategory[]): void {
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

const stored = () => state.queue().map((it) => [it.category, state.attempts(it.id).length, it.outcome]);
const DAY = 24 * 60;

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
    [last?.status, last?.body, last?.outcome, last?.finishedAt],
    ["delivered", bodyOf("Heartbeat"), "HTTP 204", START],
  );
  assert.deepEqual(state.attempts(3), [{ at: START, outcome: "HTTP 204" }]);
});

test("a collector that is away keeps everything waiting, in order", async () => {
  queue("Install", "Heartbeat");
  const { outbox, deliver, sent } = outboxWith(DOWN);
  assert.deepEqual(await deliver(), { delivered: 0, refused: 0, waiting: 2 });
  assert.deepEqual(sent, ["Install"]);
  assert.deepEqual(stored(), [
    ["Install", 1, "HTTP 503"],
    ["Heartbeat", 0, undefined],
  ]);
  assert.deepEqual(outbox.nextAttemptAt(), minutes(1.5));
});

test("the pause is waited for, and grows with every failure", async () => {
  queue("Install", "Heartbeat");
  const { outbox, deliver, sent, clock } = outboxWith(DOWN, DOWN);
  await deliver();
  clock.now = minutes(1.4);
  assert.deepEqual(await deliver(), { delivered: 0, refused: 0, waiting: 2 });
  assert.deepEqual(sent, ["Install"]);
  clock.now = minutes(1.5);
  await deliver();
  assert.deepEqual(stored()[0], ["Install", 2, "HTTP 503"]);
  assert.deepEqual(outbox.nextAttemptAt(), minutes(1.5 + 90.5));
  clock.now = minutes(92);
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
  const { deliver, lines, stop, sent } = outboxWith(DOWN);
  const delivery = deliver();
  stop.abort();
  assert.deepEqual(await delivery, { delivered: 0, refused: 0, waiting: 1 });
  assert.deepEqual(sent, ["Install"]);
  assert.deepEqual(stored(), [["Install", 0, undefined]]);
  assert.deepEqual(lines, []);
  assert.equal(state.queue()[0]?.claimedUntil, undefined, "the next process may take it at once");
});

test("a report made during a pause waits for its end, too", async () => {
  queue("Install");
  const { deliver, sent, clock } = outboxWith(DOWN);
  await deliver();
  queue("Upgrade");
  clock.now = minutes(1);
  await deliver();
  assert.deepEqual(sent, ["Install"]);
  clock.now = minutes(2);
  await deliver();
  assert.deepEqual(sent, ["Install", "Install", "Upgrade"]);
});

test("the Retry-After of the collector is honoured", async () => {
  queue("Install");
  const { outbox, deliver } = outboxWith({ ...DOWN, retryAfterMs: 60 * 60_000 });
  await deliver();
  assert.deepEqual(outbox.nextAttemptAt(), minutes(60 + 90.5));
});

test("of waiting heartbeats only the newest is kept; Install, Upgrade and Consent Withdrawn all are", async () => {
  queue("Install", "Heartbeat", "Upgrade", "Heartbeat", "Consent Withdrawn", "Heartbeat", "Upgrade");
  const { deliver, sent } = outboxWith();
  await deliver();
  assert.deepEqual(sent, ["Install", "Upgrade", "Consent Withdrawn", "Heartbeat", "Upgrade"]);
  assert.equal(state.report(2)?.status, "superseded");
});

/** Attempts whenever one is due, until the end of that day; gives how many that were. */
async function liveUntil(day: number, { outbox, deliver, clock }: ReturnType<typeof outboxWith>) {
  const end = minutes(day * DAY);
  let attempts = 0;
  for (let next = outbox.nextAttemptAt(); next && next <= end; next = outbox.nextAttemptAt()) {
    if (next > clock.now) clock.now = next;
    await deliver();
    attempts++;
  }
  clock.now = end;
  return attempts;
}

test("after three days without success there is one attempt a day; after 30 days a report is given up", async () => {
  queue("Install");
  const down = outboxWith(...Array(1000).fill(DOWN));
  const early = await liveUntil(3, down);
  assert.ok(early > 12 && early < 40, `${early} attempts in three days`);
  const late = await liveUntil(29, down);
  assert.ok([26, 27].includes(late), `${late} attempts in 26 days`);
  assert.equal(state.queue().length, 1);
  await liveUntil(32, down);
  assert.deepEqual(state.queue(), []);
  assert.equal(state.report(1)?.status, "expired");
  assert.match(state.report(1)?.outcome ?? "", /30 days; HTTP 503/);
  assert.ok(state.attempts(1).length >= early + late);
  assert.equal(down.lines.filter((it) => /given up/.test(it)).length, 1);
});

test("a heartbeat a day does not make the attempts more frequent", async () => {
  const down = outboxWith(...Array(1000).fill(DOWN));
  for (let day = 0; day < 10; day++) {
    queue("Heartbeat");
    await liveUntil(day + 1, down);
  }
  assert.ok(down.sent.length < 40, `${down.sent.length} attempts in ten days`);
});

test("a clock that jumps ahead by a year while the collector is away gives nothing up", async () => {
  queue("Install");
  const { deliver, clock } = outboxWith(DOWN, DOWN, DOWN);
  await deliver();
  clock.now = minutes(365 * DAY);
  await deliver();
  await deliver({ regardless: true });
  assert.equal(state.queue().length, 1);
});

test("a success after failures begins anew", async () => {
  queue("Install");
  const { outbox, deliver } = outboxWith(DOWN, DOWN, ACCEPTED, DOWN);
  for (let i = 0; i < 3; i++) await deliver({ regardless: true });
  assert.deepEqual(state.collector(), {
    answers: true,
    since: START,
    failures: 0,
    nextAttemptAt: undefined,
  });
  queue("Upgrade");
  await deliver();
  assert.deepEqual(outbox.nextAttemptAt(), minutes(1.5));
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
  const dead = openState(directory, { me: { ...THIS_PROCESS, pid: 2 ** 22 + 1 } });
  assert.ok(dead.claim(1, START, new Date(START.getTime() + 20_000)));
  dead.close();
  assert.ok(state.claim(1, START, new Date(START.getTime() + 20_000)));
});

test("what another container is sending is left to it, and looked at again when that should have ended", () => {
  queue("Install");
  const neighbour = openState(directory, { me: { ...THIS_PROCESS, namespace: "pid:[1]" } });
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

test("what our predecessor with the same pid was sending is ours; what another part of this process sends is not", () => {
  queue("Install");
  const end = new Date(START.getTime() + 20_000);
  const earlier = openState(directory, { me: { ...THIS_PROCESS, run: "earlier" } });
  assert.ok(earlier.claim(1, START, end));
  earlier.close();
  assert.ok(state.claim(1, START, end));
  const page = openState(directory);
  assert.equal(page.claim(1, START, end), false);
  page.close();
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
  const other = openState(directory, { me: { ...THIS_PROCESS, pid: process.ppid } });
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
