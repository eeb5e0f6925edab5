import { html } from "hono/html";
import type { HistoryEntry } from "../../history.ts";
import { type Milestone, type Month, monthsOf } from "./days.ts";
import { icon, type Markup } from "./markup.ts";
import { MEANINGS, SHAPES, SIZE, type Sign, STATUSES } from "./shapes.ts";
import { clip, count } from "./words.ts";

/** From one day to the next. */
const PITCH = 10;
const WIDTH = 31 * PITCH;
const MEANT = Object.entries(MEANINGS) as [Sign, string][];

/** The last 12 months as a picture: a strip of days for each month; undefined where it would be empty. @param about what each report is about, by id */
export function renderTimeline(
  history: readonly HistoryEntry[],
  about: ReadonlyMap<number, string>,
  now: Date,
): Markup | undefined {
  const months = monthsOf(history, now);
  if (months.every(({ signs }) => signs.size === 0)) return undefined;
  return html`<figure>
<figcaption>${inSentences(months)}</figcaption>
${renderLegend(months)}
<ol class="months">
<li class="axis" aria-hidden="true"><svg viewBox="0 0 ${WIDTH} 10">${[1, 5, 10, 15, 20, 25, 30].map(renderTick)}</svg></li>
${months.map((month, index) => renderMonth(month, index, about))}</ol>
</figure>`;
}

function renderTick(day: number): Markup {
  return html`<text x="${xOf(day) + SIZE / 2}" y="8">${day}</text>`;
}

function renderMonth(
  { name, signs, milestones }: Month,
  index: number,
  about: ReadonlyMap<number, string>,
): Markup {
  // A second lane above the days, where there is something to mark.
  const lane = milestones.length > 0 ? PITCH + 2 : 0;
  const marks = new Set<Sign>(milestones.map((it) => it.kind));
  const paths = [...signs].map(([sign, days]) => {
    const data = days.map((day) => `M${xOf(day)} ${marks.has(sign) ? -lane : 0}${SHAPES[sign]}`);
    return html`<path class="${sign}" d="${data.join("")}"/>`;
  });
  const month = name.slice(0, 3);
  return html`<li><span class="month">${month} ${name.slice(-4)}</span>
<svg viewBox="0 ${-1 - lane} ${WIDTH} ${SIZE + 2 + lane}" role="img" aria-labelledby="m${index} d${index}"><title id="m${index}">${name}</title><desc id="d${index}">${describe(signs)}</desc>${paths}</svg>
${milestones.length > 0 && html`<ul class="marks">${milestones.map((it) => renderMilestone(it, month, about))}</ul>`}</li>
`;
}

function xOf(day: number): number {
  return (day - 1) * PITCH + 1;
}

function renderMilestone(
  { kind, day, entry }: Milestone,
  month: string,
  about: ReadonlyMap<number, string>,
): Markup {
  const text = [MEANINGS[kind], clip(about.get(entry.id) ?? "", 60)].filter(Boolean).join(" ");
  return html`<li>${icon(kind)} ${day} ${month}: ${text}${entry.status !== "delivered" && ` (${STATUSES[entry.status]})`}</li>`;
}

/** What a month's strip shows, in words. */
function describe(signs: Month["signs"]): string {
  const parts = MEANT.flatMap(([sign, meaning]) => {
    const days = signs.get(sign);
    return days ? `${meaning}: ${rangesOf(days)}` : [];
  });
  return `Days of the month. ${parts.join("; ")}.`;
}

/** "1–11, 13" */
function rangesOf(days: readonly number[]): string {
  const ranges: [from: number, to: number][] = [];
  for (const day of days) {
    const last = ranges.at(-1);
    if (last && day <= last[1] + 1) last[1] = day;
    else ranges.push([day, day]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(", ");
}

/** The year in words. */
function inSentences(months: readonly Month[]): string {
  const parts = TOLD.flatMap(([sign, noun, what]) => {
    const number = months.reduce((sum, { signs }) => sum + (signs.get(sign)?.length ?? 0), 0);
    return number > 0 ? `${count(number, noun)}${what}` : [];
  });
  return `The last 12 months, from the first report on: ${parts.join(", ")}.`;
}

const TOLD: readonly [Sign, noun: string, what: string][] = [
  ["delivered", "day", " with a report delivered"],
  ["waiting", "day", " with a report that waits"],
  ["failed", "day", " with one refused or expired"],
  ["dropped", "day", " with one replaced or discarded"],
  ["none", "day", " without a report"],
  ["off", "day", " opted out"],
  ["install", "Install", ""],
  ["upgrade", "Upgrade", ""],
];

/** What occurs in the picture, and only that. */
function renderLegend(months: readonly Month[]): Markup {
  const shown = MEANT.filter(([sign]) => months.some(({ signs }) => signs.has(sign)));
  return html`<ul class="legend" aria-label="Legend">${shown.map(([sign, meaning]) => html`<li>${icon(sign)} ${meaning}</li>`)}</ul>`;
}
