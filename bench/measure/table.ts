import { type Figure, isReached, ratioOf, type Spread, type Unit } from "./figure.ts";
import type { Machine } from "./machine.ts";

const HEAD = ["figure", "ours (least to most)", "beside it", "ratio", "target", ""];

/** The figures as a table in Markdown, with the machine and the remarks below. */
export function drawTable(figures: readonly Figure[], machine: Machine, remarks: readonly string[]): string {
  const rows = figures.map(row);
  const widths = HEAD.map((it, i) => Math.max(it.length, ...rows.map((cells) => cells[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((it, i) => it.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  const rule = line(widths.map((it) => "-".repeat(it)));
  const { cpu, cores, memoryGb, kernel, node, program } = machine;
  return [
    line(HEAD),
    rule,
    ...rows.map(line),
    "",
    `- ${cores} x ${cpu}, ${memoryGb} GB, Linux ${kernel}, Node ${node}; openwisp-metrics ${program}`,
    ...remarks.map((it) => `- ${it}`),
  ].join("\n");
}

function row(figure: Figure): string[] {
  const { what, unit, ours, peer, target } = figure;
  const ratio = ratioOf(figure);
  const most = target?.of === "ratio" ? `${target.most} x` : target && amount(target.most, unit);
  const reached = isReached(figure);
  return [
    what,
    withSpread(ours, unit),
    peer ? `${peer.name}: ${amount(peer.spread.median, unit)}` : "",
    ratio === undefined ? "" : `${ratio.toFixed(2)} x`,
    most ?? "",
    reached === undefined ? "" : reached ? "reached" : "MISSED",
  ];
}

function withSpread({ min, median, max }: Spread, unit: Unit): string {
  const middle = amount(median, unit);
  return min === max ? middle : `${middle} (${number(min)} to ${number(max)})`;
}

function amount(value: number, unit: Unit): string {
  return unit === "count" ? number(value) : `${number(value)} ${unit}`;
}

function number(value: number): string {
  const digits = Number.isInteger(value) || Math.abs(value) >= 1_000 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
