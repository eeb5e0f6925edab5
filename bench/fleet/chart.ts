import type { Result } from "./scenarios.ts";
import { count, times } from "./table.ts";
import { DAY_MS, MINUTE_MS, OUTAGE, RELEASE, type Span, WEEK } from "./week.ts";

const WIDTH = 960;
const LEFT = 104;
const RIGHT = 24;
const TOP = 126;
const PANEL = 156;
const GAP = 50;
const BOTTOM = 40;
const BUCKET_MINUTES = 10;
/** The y axis, in requests per minute; logarithmic, or the spikes would hide everything else. */
const TICKS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const COLORS = ["#0b6e4f", "#a35200", "#a3263b"];

const STYLE = `text{font:13px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#24292f}
.head{font-size:18px;font-weight:600}.name{font-size:14px;font-weight:600}.small{font-size:12px;fill:#57606a}
.grid{stroke:#dde1e6}.axis{stroke:#8c959f}.mean{stroke:#24292f;stroke-dasharray:4 4}.end{text-anchor:end}.mid{text-anchor:middle}`;

/** The requests per minute over the week as SVG: a panel for each result, one below the other, on the same axes. */
export function drawChart(results: readonly Result[], sidecars: number): string {
  const height = TOP + results.length * (PANEL + GAP) - GAP + BOTTOM;
  const floor = height - BOTTOM;
  const title = `${count(sidecars)} sidecars: requests per minute at the collector`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${title}</title>`,
    `<desc id="desc">${results.map(inWords).join(" ")}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect width="${WIDTH}" height="${height}" rx="8" fill="#fff"/>`,
    text(20, 32, title, "head"),
    text(
      20,
      53,
      "A simulated week, in UTC. The busiest minute of every ten, on a logarithmic scale. Dashed: the mean of a normal day.",
      "small",
    ),
    band(RELEASE, floor, "#d3e4ff", "a release: all upgraded in 1 h"),
    band(OUTAGE, floor, "#ffd7d5", "collector down for 2 h"),
    ...results.map((result, i) => panel(result, TOP + i * (PANEL + GAP), COLORS[i] ?? "#24292f")),
    ...DAYS.map((day, i) => text(x(WEEK.from + (i + 0.5) * DAY_MS), floor + 20, day, "mid")),
    "</svg>\n",
  ].join("\n");
}

function panel(result: Result, top: number, color: string): string {
  const floor = top + PANEL;
  const y = (requests: number) => round(floor - (Math.log10(Math.max(requests, 1)) / 6) * PANEL);
  const grid = TICKS.map((tick) => {
    const at = y(tick);
    return `${rule(at, tick === 1 ? "axis" : "grid")}${text(LEFT - 8, at + 4, count(tick), "small end")}`;
  });
  return [
    text(LEFT, top - 12, result.name, "name"),
    text(WIDTH - RIGHT, top - 12, `peak over mean: ${peaks(result)}`, "small end"),
    `<text transform="translate(24 ${top + PANEL / 2})rotate(-90)" class="small mid">requests per minute</text>`,
    ...grid,
    ...midnights().map((at) => `<path d="M${at} ${top}V${floor}" class="grid"/>`),
    `<path d="${outline(result, y)}V${floor}H${LEFT}Z" fill="${color}" fill-opacity=".22" stroke="${color}"/>`,
    rule(y(result.mean), "mean"),
  ].join("\n");
}

/** Steps that go on as long as the value stays the same. */
function outline({ perMinute }: Result, y: (requests: number) => number): string {
  let path = `M${LEFT} ${y(0)}`;
  let drawn: number | undefined;
  for (let at = WEEK.from; at < WEEK.to; at += BUCKET_MINUTES * MINUTE_MS) {
    const minute = (at - WEEK.from) / MINUTE_MS;
    const now = y(Math.max(...perMinute.subarray(minute, minute + BUCKET_MINUTES)));
    if (now !== drawn) path += `H${x(at)}V${now}`;
    drawn = now;
  }
  return `${path}H${x(WEEK.to)}`;
}

function peaks({ mean, normalPeak, releasePeak, dayAfterReleasePeak, afterOutagePeak }: Result): string {
  const [normal, release, dayAfter, after] = [
    normalPeak,
    releasePeak,
    dayAfterReleasePeak,
    afterOutagePeak,
  ].map((it) => times(it / mean));
  return `normal day ${normal}, release ${release}, the day after it ${dayAfter}, after the outage ${after}`;
}

function inWords(result: Result): string {
  return `${result.name}, peak over mean: ${peaks(result)}.`;
}

function band({ from, to }: Span, floor: number, color: string, what: string): string {
  const [left, right] = [x(from), x(to)];
  const width = round(Math.max(right - left, 4));
  return [
    `<rect x="${left}" y="${TOP - 34}" width="${width}" height="${floor - TOP + 34}" fill="${color}"/>`,
    text((left + right) / 2, TOP - 40, what, "small mid"),
  ].join("\n");
}

function midnights(): number[] {
  return DAYS.map((_, day) => x(WEEK.from + day * DAY_MS));
}

function rule(y: number, style: string): string {
  return `<path d="M${LEFT} ${y}H${WIDTH - RIGHT}" class="${style}"/>`;
}

function text(x: number, y: number, words: string, style: string): string {
  return `<text x="${round(x)}" y="${round(y)}" class="${style}">${words}</text>`;
}

function x(instant: number): number {
  return round(LEFT + ((instant - WEEK.from) / (WEEK.to - WEEK.from)) * (WIDTH - LEFT - RIGHT));
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
