import type { HistoryEntry } from "../../history.ts";
import { localTime } from "../../local-time.ts";
import { DAY_KINDS, type DayKind, type MilestoneKind, type Sign } from "./shapes.ts";

export interface Month {
  /** "November 2026" */
  readonly name: string;
  /** Days of the month by what they show; a day before the first report, or to come, is not among them. */
  readonly signs: ReadonlyMap<Sign, readonly number[]>;
  readonly milestones: readonly Milestone[];
}

export interface Milestone {
  readonly kind: MilestoneKind;
  /** Of the month. */
  readonly day: number;
  readonly entry: HistoryEntry;
}

const MILESTONES: Partial<Record<HistoryEntry["category"], MilestoneKind>> = {
  Install: "install",
  Upgrade: "upgrade",
  "Consent Withdrawn": "withdrawn",
};

const MONTH = new Intl.DateTimeFormat("en", { month: "long", year: "numeric" });

/** Of a day with several reports the worst counts. */
const WORST_FIRST: readonly DayKind[] = ["failed", "waiting", "delivered", "dropped"];

/** The last 12 months in local time, newest first, from the first report on. @param history newest first */
export function monthsOf(history: readonly HistoryEntry[], now: Date): Month[] {
  const byDay = Map.groupBy(history.toReversed(), (it) => dayOf(it.observedAt));
  const first = Math.min(now.getTime(), ...history.map((it) => it.observedAt.getTime()));
  const yearAgo = new Date(now.getFullYear() - 1, now.getMonth(), now.getDate() + 1).getTime();
  const start = new Date(Math.max(first, yearAgo));
  const months = new Map<string, Month & { signs: Map<Sign, number[]>; milestones: Milestone[] }>();
  const today = dayOf(now);
  let isOff = false;
  for (let at = noonOf(start); dayOf(at) <= today; at = noonOf(at, 1)) {
    const name = MONTH.format(at);
    const month = months.get(name) ?? { name, signs: new Map<Sign, number[]>(), milestones: [] };
    months.set(name, month);
    const day = at.getDate();
    const entries = byDay.get(dayOf(at)) ?? [];
    if (entries.length > 0) isOff = entries.at(-1)?.category === "Consent Withdrawn";
    const milestones = entries.flatMap((it) => milestoneOf(it, day));
    month.milestones.push(...milestones);
    for (const sign of [kindOf(entries, isOff, dayOf(at) === today), ...milestones.map((it) => it.kind)])
      if (sign) month.signs.set(sign, [...(month.signs.get(sign) ?? []), day]);
  }
  return [...months.values()].reverse();
}

function milestoneOf(entry: HistoryEntry, day: number): Milestone[] {
  const kind = MILESTONES[entry.category];
  return kind ? [{ kind, day, entry }] : [];
}

function kindOf(entries: readonly HistoryEntry[], isOff: boolean, isToday: boolean): DayKind | undefined {
  const kinds = new Set(entries.map((it) => DAY_KINDS[it.status]));
  const worst = WORST_FIRST.find((it) => kinds.has(it));
  if (worst) return worst;
  if (isOff) return "off";
  return isToday ? undefined : "none";
}

/** "2026-11-24" */
function dayOf(instant: Date): string {
  return localTime(instant).slice(0, 10);
}

/** Noon is there on every day, whatever the clocks are changed to. */
function noonOf(instant: Date, later = 0): Date {
  return new Date(instant.getFullYear(), instant.getMonth(), instant.getDate() + later, 12);
}
