/** One line of the result. Several runs, because a single one says nothing on a busy machine. */
export interface Figure {
  readonly what: string;
  readonly unit: Unit;
  readonly ours: Spread;
  /** What it is compared with, measured in the same run unless it is a note. */
  readonly peer?: { readonly name: string; readonly spread: Spread };
  /** The most that it may be: of the ratio of the medians, else of our median. */
  readonly target?: { readonly of: "ratio" | "ours"; readonly most: number };
}

export type Unit = "MB" | "kB" | "ms" | "µs" | "s" | "count";

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly runs: number;
}

/** @throws RangeError when there is no value */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) throw new RangeError("nothing was measured");
  const upper = sorted[sorted.length >> 1] ?? max;
  const lower = sorted[(sorted.length - 1) >> 1] ?? min;
  return { min, median: (lower + upper) / 2, max, runs: sorted.length };
}

export function ratioOf({ ours, peer }: Figure): number | undefined {
  return peer && ours.median / peer.spread.median;
}

/** Undefined where there is no target. */
export function isReached(figure: Figure): boolean | undefined {
  const { target, ours } = figure;
  if (!target) return undefined;
  const value = target.of === "ratio" ? ratioOf(figure) : ours.median;
  return value !== undefined && value <= target.most;
}
