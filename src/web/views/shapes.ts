import type { ReportStatus } from "../../state/state.ts";
import type { Tone } from "./notices.ts";

/** What a day of the timeline shows of its reports. */
export type DayKind = "delivered" | "waiting" | "failed" | "dropped" | "none" | "off";
export type MilestoneKind = "install" | "upgrade" | "withdrawn";
export type Sign = DayKind | MilestoneKind;

/** How many units a shape is wide and high. */
export const SIZE = 8;

/** Path data without the move to the upper left corner. Each shape can be told from the others without its colour. */
export const SHAPES: Readonly<Record<Sign, string>> = {
  delivered: "h8v8h-8z",
  waiting: "m.8.8h6.4v6.4h-6.4zm3.2 3.2h.01",
  failed: "m1 1l6 6m0-6l-6 6",
  dropped: "m1 7l6-6",
  none: "m4 4h.01",
  off: "m1 4h6",
  install: "m4-.5l4.5 4.5-4.5 4.5-4.5-4.5z",
  upgrade: "m4 0l4.5 8h-9z",
  withdrawn: "m.3 4a3.7 3.7 0 1 0 7.4 0a3.7 3.7 0 1 0-7.4 0m1.2 0h5",
};

export const MEANINGS: Readonly<Record<Sign, string>> = {
  delivered: "delivered",
  waiting: "waits to be delivered",
  failed: "refused or expired",
  dropped: "replaced or discarded",
  none: "no report",
  off: "opted out",
  install: "Install",
  upgrade: "Upgrade",
  withdrawn: "Consent Withdrawn",
};

export const STATUSES: Readonly<Record<ReportStatus, string>> = {
  delivered: "delivered",
  queued: "waiting",
  refused: "refused",
  expired: "expired",
  superseded: "replaced",
  discarded: "discarded",
};

export const DAY_KINDS: Readonly<Record<ReportStatus, DayKind>> = {
  delivered: "delivered",
  queued: "waiting",
  refused: "failed",
  expired: "failed",
  superseded: "dropped",
  discarded: "dropped",
};

const TONES: Readonly<Record<Tone, string>> = {
  good: "M0 4a4 4 0 1 1 8 0a4 4 0 1 1-8 0M2.2 4.2l1.3 1.3 2.4-2.8",
  quiet: "M0 4a4 4 0 1 1 8 0a4 4 0 1 1-8 0M2.2 4h3.6",
  warn: "M4 .2l4.2 7.6h-8.4zM4 3v2M4 6.4h.01",
  bad: "M2.4 0h3.2l2.4 2.4v3.2l-2.4 2.4h-3.2l-2.4-2.4v-3.2zM4 2v2.4M4 6h.01",
};

/** Every shape once, for `icon`. */
export const SYMBOLS = `<svg hidden>${[
  ...Object.entries(SHAPES).map(([name, data]) => symbol(name, `M0 0${data}`)),
  ...Object.entries(TONES).map(([name, data]) => symbol(name, data)),
].join("")}</svg>`;

function symbol(name: string, data: string): string {
  return `<symbol id="${name}" viewBox="-1 -1 10 10"><path d="${data}"/></symbol>`;
}
