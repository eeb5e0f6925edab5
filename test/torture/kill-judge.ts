import { eventsOf } from "../support/fake-collector.ts";
import { type Heard, isCounted } from "./flaky-collector.ts";
import type { Life } from "./kill-life.ts";

export interface Judgement {
  readonly wrong: readonly string[];
  readonly kills: number;
  readonly upgrades: number;
  readonly optOuts: number;
  /** Bodies that the collector counted twice, by why they were sent again. */
  readonly twice: { readonly killed: number; readonly cut: number };
}

/** What the program never has a reason to say here. */
const COMPLAINT = /.*(damaged|unexpectedly|cannot be (opened|used)|is locked).*/g;
/** How long a process may live after the answer without having stored it; on a busy machine that is long. */
const STORED_WITHIN_MS = 1_000;
/** A report that was on its way when the opt-out was stored arrives within this time. */
const ON_ITS_WAY_MS = 3_000;

export function judge(life: Life): Judgement {
  const { fates, journal, decisions } = life;
  const twice = { killed: 0, cut: 0 };
  const wrong = [
    ...life.damages,
    ...fates.flatMap((it) => it.output.match(COMPLAINT) ?? []),
    ...judgeJournal(life),
    ...judgeVersions(life),
    ...judgeFarewells(life),
    ...judgeSilence(life),
    ...judgeDeliveries(life, twice),
  ];
  return {
    wrong: wrong.map((it) => `${it} (seed ${life.seed})`),
    kills: fates.filter((it) => it.killedAt !== undefined).length,
    upgrades: journal.filter((it) => it.category === "Upgrade").length,
    optOuts: decisions.filter((it) => !it.given).length,
    twice,
  };
}

/** Every report arrived as it was stored, or there is a good reason why not. */
function* judgeJournal({ journal, heard, decisions }: Life): Iterable<string> {
  const optOuts = decisions.filter((it) => !it.given).map((it) => it.at.getTime());
  for (const [i, { id, category, status, body, finishedAt }] of journal.entries()) {
    if (id !== i + 1) yield `report ${i + 1} is missing in the journal`;
    const at = (isSo: (it: Heard) => boolean) => heard.some((it) => it.body === body && isSo(it));
    const isFine = {
      delivered: at(isCounted),
      refused: at((it) => it.mood === "refuses"),
      discarded: optOuts.includes(finishedAt?.getTime() ?? 0),
      superseded: category === "Heartbeat",
      queued: false,
      expired: false,
    }[status];
    if (!isFine) yield `LOST: the ${category} ${id} is ${status}`;
  }
  const known = new Set(journal.map((it) => it.body));
  if (heard.some((it) => !known.has(it.body))) yield "the collector heard what nobody stored";
}

/** One Install, then Upgrades to ever newer versions, the last of which is the baseline and what is installed. */
function* judgeVersions({ journal, baseline, installed }: Life): Iterable<string> {
  const reports = journal.filter((it) => it.category === "Install" || it.category === "Upgrade");
  if (reports.filter((it) => it.category === "Install").length !== 1 || reports[0]?.category !== "Install")
    yield `not one Install, but ${reports.map((it) => it.category)}`;
  const versions = reports.map(({ body }) => {
    const values = eventsOf(body).map(({ action, name }) => [action, name] as const);
    return Object.fromEntries(values.filter(([action]) => action !== "Installation Method"));
  });
  const controllers = versions.map((it) => it["openwisp-controller"] ?? "");
  for (const [i, it] of controllers.entries())
    if (i > 0 && patch(it) <= patch(controllers[i - 1] ?? "")) yield `an Upgrade to the older ${it}`;
  if (controllers.at(-1) !== installed) yield `LOST: ${installed} is installed and was never reported`;
  const last = JSON.stringify(Object.entries(versions.at(-1) ?? {}).sort());
  if (JSON.stringify(Object.entries(baseline ?? {}).sort()) !== last)
    yield "the baseline is not what was reported last";
}

function patch(version: string): number {
  return Number(version.split(".")[2]);
}

/** Every opt-out has its last event, and there is none without one. */
function* judgeFarewells({ journal, decisions }: Life): Iterable<string> {
  const farewells = journal.filter((it) => it.category === "Consent Withdrawn");
  const optOuts = decisions.filter((it) => !it.given);
  for (const { at, farewellWaited } of optOuts) {
    const count = farewells.filter((it) => it.observedAt.getTime() === at.getTime()).length;
    if (count > 1 || (count === 0 && !farewellWaited))
      yield `LOST: the opt-out of ${at.toISOString()} has ${count} last events`;
  }
  for (const { observedAt } of farewells)
    if (!optOuts.some((it) => it.at.getTime() === observedAt.getTime())) yield "a last event without opt-out";
}

/** After an opt-out comes its last event, and what was on its way. */
function* judgeSilence({ heard, decisions, fates }: Life): Iterable<string> {
  for (const { body, by, at } of heard) {
    const decision = decisions.findLast((it) => it.at.getTime() < at);
    if (!decision || decision.given || eventsOf(body)[0]?.category === "Consent Withdrawn") continue;
    const since = decision.at.getTime();
    const sender = fates.find((it) => it.number === by);
    if (!sender || sender.startedAt > since || at - since > ON_ITS_WAY_MS)
      yield `${sender?.command} sent a report ${at - since} ms after an opt-out`;
  }
}

/** A report is sent again only where nobody could know that it had arrived. */
function* judgeDeliveries(life: Life, twice: { killed: number; cut: number }): Iterable<string> {
  const { heard, journal, fates } = life;
  const killedAt = new Map(fates.map((it) => [it.number, it.killedAt]));
  for (const [body, rows] of Map.groupBy(journal, (it) => it.body)) {
    const counted = heard.filter((it) => it.body === body && isCounted(it));
    const stored = rows.flatMap((it) => it.attempts).filter((it) => it.outcome === "HTTP 204").length;
    if (stored > rows.length) yield `a report was stored as delivered ${stored} times`;
    const cut = counted.filter((it) => it.mood === "takes it and cuts");
    const answered = counted.filter((it) => it.mood !== "takes it and cuts");
    const inFlight = answered.filter((it) => {
      const end = killedAt.get(it.by);
      return end !== undefined && end - (it.answeredAt ?? end) < STORED_WITHIN_MS;
    });
    const notStored = answered.length - stored;
    if (notStored > inFlight.length)
      yield `TWICE: an answer was not stored, and nobody was killed (${notStored} of ${answered.length})`;
    const again = Math.max(counted.length - rows.length, 0);
    twice.cut += Math.min(again, cut.length);
    twice.killed += Math.max(again - cut.length, 0);
  }
}
