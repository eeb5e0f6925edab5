import assert from "node:assert/strict";
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, test } from "node:test";
import type { Versions } from "../../src/installation/snapshot.ts";
import type { ReportCategory } from "../../src/report/events.ts";
import { openState, readState, StateError } from "../../src/state/database.ts";
import { lockFolder } from "../../src/state/folder-lock.ts";
import { watchFolder } from "../../src/state/folder-watch.ts";
import type { State } from "../../src/state/state.ts";

const AT = new Date("2026-11-23T12:00:00.123Z");
const later = (ms: number) => new Date(AT.getTime() + ms);
const DELIVERED = { at: AT, outcome: "HTTP 204" };
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

function record(state: State, category: ReportCategory, baseline?: Versions, observedAt = AT): void {
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
  command.settle(1, "delivered", DELIVERED);
  assert.deepEqual(daemon.queue(), []);
});

test("reopening keeps everything", () => {
  const before = openState(directory);
  record(before, "Install", VERSIONS);
  record(before, "Heartbeat");
  before.settle(1, "delivered", { at: later(1), outcome: "HTTP 204" });
  const collector = { answers: false, since: later(2), failures: 1, nextAttemptAt: later(60_000) };
  before.postpone(2, { at: later(2), outcome: "HTTP 503" }, collector);
  before.setSetting("heartbeat schedule", "30 4 * * *");
  before.close();
  const state = open();
  assert.deepEqual(state.baseline(), VERSIONS);
  assert.equal(state.setting("heartbeat schedule"), "30 4 * * *");
  const [waiting, ...others] = state.queue();
  assert.deepEqual(others, []);
  assert.deepEqual(
    [waiting?.category, waiting?.outcome, state.attempts(2)],
    ["Heartbeat", "HTTP 503", [{ at: later(2), outcome: "HTTP 503" }]],
  );
  assert.deepEqual(state.collector(), collector);
  const install = state.lastReport("Install");
  assert.deepEqual(
    [install?.status, install?.finishedAt, install?.outcome],
    ["delivered", later(1), "HTTP 204"],
  );
});

test("what is settled waits no more", () => {
  const state = open();
  record(state, "Install", VERSIONS);
  record(state, "Upgrade", VERSIONS);
  record(state, "Heartbeat");
  state.settle(1, "delivered", DELIVERED);
  state.settle(2, "refused", { at: AT, outcome: "HTTP 400" });
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
  state.settle(1, "delivered", DELIVERED);
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

test("a state of the schema before this one is brought up to date, with all that was in it", () => {
  copyFileSync(new URL("../fixtures/state/schema-1.sqlite", import.meta.url), file);
  assert.throws(
    () => readState(directory),
    (error) => error instanceof StateError && /older version/.test(error.message),
  );
  const state = open();
  assert.deepEqual(state.baseline(), { "openwisp-controller": "1.2", "OpenWISP Version": "25.10.3" });
  assert.equal(state.setting("heartbeat schedule"), "30 4 * * *");
  assert.deepEqual(
    state.reports(new Date(0)).map((it) => [it.id, it.category, it.status, it.outcome]),
    [
      [4, "Upgrade", "queued", "HTTP 503"],
      [3, "Heartbeat", "discarded", "usage metrics were turned off"],
      [2, "Heartbeat", "refused", "HTTP 400"],
      [1, "Install", "delivered", "HTTP 204"],
    ],
  );
  assert.match(state.report(4)?.body ?? "", /"category":"Upgrade"/);
  assert.deepEqual(state.attempts(1), [{ at: new Date("2026-11-01T10:00:01Z"), outcome: "HTTP 204" }]);
  assert.equal(state.attempts(4).length, 1);
  assert.equal(state.consent(), undefined);
  record(state, "Heartbeat");
  assert.equal(state.lastReport()?.id, 5);
  assert.equal(readState(directory)?.lastReport()?.id, 5);
});

const damages: [what: string, damage: () => void][] = [
  ["something else", () => writeFileSync(file, "no database ".repeat(1_000))],
  ["zeros in the middle", () => overwrite(4096, Buffer.alloc(8192))],
  ["a header of garbage", () => overwrite(0, Buffer.from("garbage!"))],
  ["half a file", () => truncateSync(file, statSync(file).size / 2)],
];

function overwrite(position: number, bytes: Buffer): void {
  const handle = openSync(file, "r+");
  writeSync(handle, bytes, 0, bytes.length, position);
  closeSync(handle);
}

for (const [what, damage] of damages)
  test(`a damaged state (${what}) is set aside whole, and the new one knows that it is not the first`, () => {
    const before = openState(directory);
    record(before, "Install", VERSIONS);
    before.close();
    damage();
    const damaged = readFileSync(file);
    const said: string[] = [];
    const state = openState(directory, { now: () => AT, onDamage: (message) => said.push(message) });
    opened.push(state);
    const aside = `${file}.damaged-20261123T120000Z`;
    assert.deepEqual(readFileSync(aside), damaged);
    assert.equal(state.baseline(), undefined);
    assert.equal(state.setting("seen before"), "yes");
    assert.match(said.join(), /damaged.*set aside as openwisp-metrics\.sqlite\.damaged-20261123T120000Z/);
    record(state, "Heartbeat", VERSIONS);
    assert.equal(state.queue().length, 1);
  });

test("a damaged state is not moved from under a daemon that runs", () => {
  writeFileSync(file, "no database ".repeat(1_000));
  const lock = lockFolder(directory);
  for (const access of [openState, readState])
    assert.throws(
      () => access(directory),
      (error) => error instanceof StateError && /damaged/.test(error.message) && /restart/.test(error.hint),
    );
  assert.equal(readFileSync(file, "utf8").slice(0, 11), "no database");
  lock?.release();
  openState(directory).close();
});

test("one daemon locks the folder; another gets it when that one has ended", () => {
  const first = lockFolder(directory);
  assert.ok(first);
  assert.equal(lockFolder(directory), undefined);
  first.release();
  const second = lockFolder(directory);
  assert.ok(second);
  second.release();
});

test("a folder that is none is told with the lines of compose that help", () => {
  mkdirSync(join(directory, "sub"));
  writeFileSync(join(directory, "sub", "file"), "");
  assert.throws(
    () => openState(join(directory, "sub", "file")),
    (error) =>
      error instanceof StateError &&
      /is a file where a folder should be/.test(error.message) &&
      error.hint.includes('volumes: ["metrics_data:'),
  );
});

test("an opt-out discards what waits and queues one last event; a second one does nothing", () => {
  const state = open();
  record(state, "Install", VERSIONS);
  record(state, "Heartbeat");
  const optOut = (at: Date) =>
    state.decideConsent(
      { given: false, at, origin: "command line" },
      { category: "Consent Withdrawn", body: "{}", observedAt: at },
    );
  assert.deepEqual(optOut(later(1)), { discarded: 2 });
  assert.equal(optOut(later(2)), undefined);
  assert.deepEqual(state.consent(), { given: false, at: later(1), origin: "command line" });
  assert.deepEqual(
    state.queue().map((it) => it.category),
    ["Consent Withdrawn"],
  );
  const optIn = () =>
    state.decideConsent({ given: true, at: later(3), origin: "System Info page" }, undefined);
  assert.deepEqual(optIn(), { discarded: 0 });
  assert.equal(optIn(), undefined);
  assert.equal(state.queue().length, 1, "what says goodbye is not taken back");
  assert.deepEqual(optOut(later(4)), { discarded: 0 });
  assert.equal(state.queue().length, 1, "one goodbye is enough");
  assert.deepEqual(state.baseline(), VERSIONS);
});

test("an opt-out holds when the state is damaged and begun anew; an opt-in ends it", () => {
  const decide = (state: State, given: boolean) =>
    state.decideConsent({ given, at: later(1), origin: "System Info page" }, undefined);
  const before = openState(directory);
  decide(before, false);
  before.close();
  writeFileSync(file, "no database ".repeat(1_000));
  const after = openState(directory, { now: () => AT });
  assert.deepEqual(after.consent(), { given: false, at: later(1), origin: "System Info page" });
  decide(after, true);
  after.close();
  writeFileSync(file, "no database ".repeat(1_000));
  assert.equal(open().consent(), undefined);
});

test("a mark of an opt-out that cannot be understood is an opt-out", () => {
  writeFileSync(join(directory, "openwisp-metrics.opted-out"), "");
  assert.equal(open().consent()?.given, false);
});

test("an opt-out where nothing may be sent queues nothing", () => {
  const state = open();
  record(state, "Install", VERSIONS);
  const optOut = { given: false, at: AT, origin: "command line" } as const;
  assert.deepEqual(state.decideConsent(optOut, undefined), { discarded: 1 });
  assert.deepEqual(state.queue(), []);
});

test("the journal keeps 400 days, and 2,000 rows", () => {
  const state = open();
  const DAY = 24 * 60 * 60_000;
  record(state, "Install", VERSIONS);
  state.settle(1, "delivered", DELIVERED);
  record(state, "Upgrade", VERSIONS);
  record(state, "Heartbeat", undefined, later(400 * DAY));
  assert.equal(state.report(1)?.status, "delivered");
  record(state, "Heartbeat", undefined, later(401 * DAY));
  assert.equal(state.report(1), undefined);
  assert.equal(state.report(2)?.status, "queued", "what waits is not forgotten");
  assert.deepEqual(state.attempts(1), []);
  for (let i = 0; i < 2_100; i++) record(state, "Heartbeat", undefined, later(401 * DAY));
  assert.equal(state.reports(new Date(0)).length, 2_001);
});

test("a change made by another process is noticed, and our own is not one", async (t) => {
  const [daemon, command] = [open(), open()];
  const stop = new AbortController();
  t.after(() => stop.abort());
  const noticed = Promise.withResolvers<void>();
  watchFolder(directory, () => daemon.changedByOthers() && noticed.resolve(), stop.signal);
  daemon.setSetting("daemon", "1");
  assert.equal(daemon.changedByOthers(), false);
  command.decideConsent({ given: false, at: AT, origin: "command line" }, undefined);
  await noticed.promise;
  assert.equal(daemon.changedByOthers(), false);
});
