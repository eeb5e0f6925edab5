import type { Result } from "./scenarios.ts";
import { MINUTE_MS } from "./week.ts";

const ROWS: [what: string, figure: (result: Result) => string][] = [
  ["requests per minute on a normal day, mean", ({ mean }) => count(Math.round(mean))],
  ["peak minute of a normal day", (it) => peak(it, it.normalPeak)],
  ["peak minute of the day after the release", (it) => peak(it, it.dayAfterReleasePeak)],
  ["peak minute of the release's hour", (it) => peak(it, it.releasePeak)],
  ["peak minute of the 24 h after the outage", (it) => peak(it, it.afterOutagePeak)],
  ["requests during the outage", ({ duringOutage }) => count(duringOutage)],
  ["reports delivered in the week", ({ outcome }) => count(outcome.delivered)],
  ["lost", ({ outcome }) => count(outcome.lost)],
  ["twice", ({ outcome }) => count(outcome.duplicates)],
  ["longest delay of a delivery", ({ outcome }) => duration(outcome.longestDelayMs)],
];

const NOTES = `
- In brackets: times the mean of a normal day. Normal is the Tuesday, before the release.
- Every installation is upgraded at a moment drawn from Wednesday 22:30 to 23:30 and reports it 60 seconds later.
- The collector fails every request from Friday 22:30 to Saturday 00:30; otherwise it takes them all at once. The two
  hours are those in which the timers (after the release) and the cron minute send; to the slots it makes no difference.
- Attempts in vain count as requests. Lost: not delivered two days after the week, or a day of a sidecar without any
  report. Twice: a second Heartbeat of a sidecar on one day.
- Slot + full jitter is the program: its drawn minute of the day, its rules and its pauses. "Retry-After" is a
  collector that answers 503 with the date of its return, the same for all; else it cannot be reached.
- 24 h timer: runs from the start of the container, at first spread over the day, and is started again by the upgrade;
  another attempt every 10 minutes. Fixed cron minute: 0 0 * * * in UTC everywhere; another attempt every 10 minutes.
- Clocks are exact, everything is in UTC, a request takes no time, and no answer is lost on the way back.`;

/** The results as a table in Markdown, with what was assumed below it. */
export function drawTable(results: readonly Result[]): string {
  const cells = [
    ["", ...results.map(({ name }) => name)],
    ...ROWS.map(([what, figure]) => [what, ...results.map(figure)]),
  ];
  const widths = ["", ...results].map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  const lines = cells.map((row) =>
    line(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))),
  );
  lines.splice(
    1,
    0,
    line(widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`))),
  );
  return [...lines, NOTES].join("\n");
}

export function count(number: number): string {
  return number.toLocaleString("en-US");
}

function peak({ mean }: Result, requests: number): string {
  return `${count(requests)} (${times(requests / mean)})`;
}

export function times(factor: number): string {
  return `${factor < 10 ? factor.toFixed(2) : count(Math.round(factor))} x`;
}

function duration(ms: number): string {
  const minutes = Math.round(ms / MINUTE_MS);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function line(cells: string[]): string {
  return `| ${cells.join(" | ")} |`;
}
