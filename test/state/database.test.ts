import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, test } from "node:test";
import type { Category } from "../../src/installation/changes.ts";
import type { Versions } from "../../src/installation/snapshot.ts";
import { openState, readState, type State, StateError } from "../../src/state/database.ts";

const AT = new Date("2026-11-23T12:00:00.123Z");
const later = (ms: number) => new Date(AT.getTime() + ms);
const VERSIONS: Versions = { "openwisp-controller": "1.2", "OpenWISP Version": "25.10.4" };

let directory: string;
let file: string;
let opened: State[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "state-"));
  file = join(directory, "openwisp-metrics.sqlite");
  opened = [];
});

afterEach(() => {
  for (const state of opened) state.close();
  rmSync(directory, { recursive: true });
});

function open(): State {
  const state = openState(directory);
  opened.push(state);
  return state;
}

function record(state: State, category: Category, baseline?: Versions, observedAt = AT): void {
  state.record(() => ({ report: { category, body: `{"${category}":1}`, observedAt }, baseline }));
}

test("a new state is empty", () => {
  const state = open();
  assert.equal(state.baseline(), undefined);
  assert.deepEqual(state.queue(), []);
  assert.equal(state.lastReport(), undefined);
  assert.equal(state.setting("heartbeat schedule"), undefined);
});

test("its folder is made when it is not there", () => {
  openState(join(directory, "a", "b")).close();
  assert.ok(readdirSync(join(directory, "a", "b")).includes("openwisp-metrics.sqlite"));
});

test("a report and its baseline are stored together", () => {
  const state = open();
  record(state, "Install", VERSIONS);
  assert.deepEqual(state.baseline(), VERSIONS);
  assert.deepEqual(state.queue(), [
    {
      id: 1,
      category: "Install",
      body: '{"Install":1}',
      observedAt: AT,
      status: "queued",
      attempts: 0,
      nextAttemptAt: undefined,
      claimedUntil: undefined,
      finishedAt: undefined,
      outcome: undefined,
    },
  ]);
});

test("when the report cannot be stored, the baseline is not either", () => {
  const state = open();
  record(state, "Install", VERSIONS);
  const body = null as unknown as string;
  const report = { category: "Upgrade" as const, body, observedAt: AT };
  assert.throws(() => state.record(() => ({ report, baseline: { changed: "1" } })));
  assert.deepEqual(state.baseline(), VERSIONS);
  assert.equal(state.queue().length, 1);
});

test("a decision that fails leaves nothing behind, and the state usable", () => {
  const state = open();
  assert.throws(
    () =>
      state.record(() => {
        state.setSetting("notice shown", "yes");
        throw new Error("no decision");
      }),
    /no decision/,
  );
  assert.equal(state.setting("notice shown"), undefined);
  record(state, "Install", VERSIONS);
  assert.equal(state.queue().length, 1);
});

test("deciding on nothing stores nothing", () => {
  const state = open();
  assert.equal(
    state.record(() => undefined),
    undefined,
  );
  assert.equal(state.baseline(), undefined);
  assert.deepEqual(state.queue(), []);
});

test("a report without a new baseline keeps the old one", () => {
  const state = open();
  record(state, "Install", VERSIONS);
  record(state, "Heartbeat");
  assert.deepEqual(state.baseline(), VERSIONS);
  assert.deepEqual(
    state.queue().map((it) => it.category),
    ["Install", "Heartbeat"],
  );
});

test("two handles on one file see the same, and the second decides on what the first stored", () => {
  const [daemon, command] = [open(), open()];
  const once = (baseline: Versions | undefined) =>
    baseline
      ? undefined
      : { report: { category: "Install" as const, body: "{}", observedAt: AT }, baseline: VERSIONS };
  assert.ok(daemon.record(once));
  assert.equal(command.record(once), undefined);
  assert.deepEqual(command.queue(), daemon.queue());
  command.settle(1, "delivered", AT, "HTTP 204");
  assert.deepEqual(daemon.queue(), []);
});

test("reopening keeps everything", () => {
  const before = openState(directory);
  record(before, "Install", VERSIONS);
  record(before, "Heartbeat");
  before.settle(1, "delivered", later(1), "HTTP 204");
  before.postpone(2, later(60_000), "HTTP 503");
  before.setSetting("heartbeat schedule", "30 4 * * *");
  before.close();
  const state = open();
  assert.deepEqual(state.baseline(), VERSIONS);
  assert.equal(state.setting("heartbeat schedule"), "30 4 * * *");
  const [waiting, ...others] = state.queue();
  assert.deepEqual(others, []);
  assert.deepEqual(
    [waiting?.category, waiting?.attempts, waiting?.nextAttemptAt, waiting?.outcome],
    ["Heartbeat", 1, later(60_000), "HTTP 503"],
  );
  const install = state.lastReport("Install");
  assert.deepEqual(
    [install?.status, install?.attempts, install?.finishedAt, install?.outcome],
    ["delivered", 1, later(1), "HTTP 204"],
  );
});

test("what is settled waits no more", () => {
  const state = open();
  record(state, "Install", VERSIONS);
  record(state, "Upgrade", VERSIONS);
  record(state, "Heartbeat");
  state.settle(1, "delivered", AT, "HTTP 204");
  state.settle(2, "refused", AT, "HTTP 400");
  assert.deepEqual(
    state.queue().map((it) => it.id),
    [3],
  );
});

test("discarding takes only what waits, and says how much", () => {
  const state = open();
  record(state, "Install", VERSIONS);
  record(state, "Upgrade", VERSIONS);
  record(state, "Heartbeat");
  state.settle(1, "delivered", AT, "HTTP 204");
  assert.equal(state.discardQueue(later(5), "opted out"), 2);
  assert.equal(state.discardQueue(later(6), "opted out"), 0);
  assert.deepEqual(state.queue(), []);
  assert.equal(state.lastReport("Install")?.status, "delivered");
  const heartbeat = state.lastReport("Heartbeat");
  assert.deepEqual([heartbeat?.status, heartbeat?.outcome], ["discarded", "opted out"]);
});

test("the last report is the last one stored, whatever the clock said then, of all or of a category", () => {
  const state = open();
  record(state, "Install", VERSIONS, AT);
  record(state, "Heartbeat", undefined, later(1));
  record(state, "Heartbeat", undefined, later(3));
  record(state, "Upgrade", VERSIONS, later(2));
  assert.equal(state.lastReport()?.id, 4);
  assert.equal(state.lastReport("Heartbeat")?.id, 3);
  assert.equal(state.lastReport("Upgrade")?.id, 4);
  assert.equal(state.lastReport("Install")?.id, 1);
});

test("a setting can be changed and taken back", () => {
  const state = open();
  state.setSetting("daemon", "1");
  state.setSetting("daemon", "2");
  assert.equal(state.setting("daemon"), "2");
  state.setSetting("daemon", undefined);
  assert.equal(state.setting("daemon"), undefined);
});

test("looking at a state that is not there makes none", () => {
  assert.equal(readState(directory), undefined);
  assert.equal(readState(join(directory, "nowhere")), undefined);
  assert.deepEqual(readdirSync(directory), []);
});

test("looking sees what is stored and can change nothing", () => {
  const state = open();
  record(state, "Install", VERSIONS);
  const view = readState(directory);
  assert.ok(view);
  opened.push(view);
  assert.deepEqual(view.baseline(), VERSIONS);
  assert.deepEqual(view.queue(), state.queue());
  assert.throws(() => view.setSetting("notice shown", "yes"), /readonly/);
});

test("a state of a newer version is refused, with the way out, and left as it is", () => {
  const newer = new DatabaseSync(file);
  newer.exec("PRAGMA user_version = 99; CREATE TABLE future (wonder TEXT)");
  newer.close();
  const before = readFileSync(file);
  for (const access of [openState, readState])
    assert.throws(
      () => access(directory),
      (error) =>
        error instanceof StateError && /newer.*schema 99/.test(error.message) && /STATE_DIR/.test(error.hint),
    );
  assert.deepEqual(readFileSync(file), before);
  assert.deepEqual(readdirSync(directory), ["openwisp-metrics.sqlite"]);
});

test("a damaged state, and a folder that is none, are told in one sentence with a hint", () => {
  writeFileSync(file, "no database ".repeat(1_000));
  const damaged = readFileSync(file);
  for (const access of [openState, readState])
    assert.throws(
      () => access(directory),
      (error) => error instanceof StateError && error.message.includes("not a database"),
    );
  assert.deepEqual(readFileSync(file), damaged);
  mkdirSync(join(directory, "sub"));
  writeFileSync(join(directory, "sub", "file"), "");
  assert.throws(
    () => openState(join(directory, "sub", "file")),
    (error) => error instanceof StateError && error.hint.includes("STATE_DIR"),
  );
});
