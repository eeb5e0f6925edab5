import { createHash } from "node:crypto";
import { readState } from "../../src/state/database.ts";
import type { ReportStatus } from "../../src/state/state.ts";
import { DAY, HOUR } from "./clock-cases.ts";
import type { Plan } from "./soak-plan.ts";
import type { World } from "./world.ts";

interface Noted {
  readonly category: string;
  readonly observed: number;
  readonly finished: number | undefined;
  readonly status: ReportStatus;
  readonly body: string;
}

/** Keeps what becomes of the reports, in little room: the program itself forgets them after 400 days. */
export function createSoakJournal({ collector, stateDir }: World, start: Date) {
  const noted = new Map<number, Noted>();
  const takenAt: number[] = [];
  const taken = new Map<string, number>();

  /** Takes over what there is to know by now. */
  function note(): void {
    for (const { body, answer, trueMs } of collector.received.splice(0)) {
      if (answer !== "accepted") continue;
      takenAt.push(trueMs);
      taken.set(digest(body), (taken.get(digest(body)) ?? 0) + 1);
    }
    const state = readState(stateDir);
    const since = (instant: Date) => instant.getTime() - start.getTime();
    for (const it of state?.reports(new Date(0)) ?? []) {
      if (noted.has(it.id) && noted.get(it.id)?.status !== "queued") continue;
      const { category, status, observedAt, finishedAt } = it;
      const instants = { observed: since(observedAt), finished: finishedAt && since(finishedAt) };
      noted.set(it.id, { category, status, body: digest(it.body), ...instants });
    }
    state?.close();
  }

  /** What is not as the plan wants it. */
  function* compare({ expected }: Plan): Iterable<string> {
    const rows = [...noted.entries()].sort(([a], [b]) => a - b).map(([, it]) => it);
    for (let i = 0; i < Math.max(rows.length, expected.length); i++) {
      const [row, want] = [rows[i], expected[i]];
      if (
        row?.category !== want?.category ||
        !row ||
        !want ||
        row.observed < want.from ||
        row.observed > want.to
      ) {
        yield `expected ${describe(want, want?.from)}, there is ${describe(row, row?.observed)}`;
        return;
      }
    }
    for (const [i, row] of rows.entries()) {
      const next = rows.slice(i + 1).find((it) => it.category === "Heartbeat")?.observed ?? 0;
      const problem = wrongFate(row, next);
      if (problem) yield `the ${describe(row, row.observed)} ${problem}`;
    }
  }

  function wrongFate(
    { status, body, observed, finished = 0 }: Noted,
    nextHeartbeat: number,
  ): string | undefined {
    const times = taken.get(body) ?? 0;
    if (status === "delivered") return times === 1 ? undefined : `was received ${times} times`;
    // It waited as long as the collector took nothing.
    const until = { superseded: nextHeartbeat, discarded: finished }[status as string];
    if (until === undefined) return `is ${status}`;
    return times > 0 || takenAt.some((it) => it > observed && it < until)
      ? `is ${status} wrongly`
      : undefined;
  }

  const count = (status: ReportStatus) => [...noted.values()].filter((it) => it.status === status).length;
  return { note, compare, count, total: () => noted.size };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}

function describe(what: { readonly category: string } | undefined, at = 0): string {
  if (!what) return "nothing";
  const day = Math.floor((at + 12 * HOUR) / DAY);
  return `${what.category} of day ${day}, ${(((at + 12 * HOUR) % DAY) / HOUR).toFixed(2)} h`;
}
