/** Draws from a generator of numbers from 0 to below 1. */
export interface Draw {
  readonly random: () => number;
  /** A whole number, both ends included. */
  int(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
}

export function createDraw(random: () => number): Draw {
  const int = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  return {
    random,
    int,
    chance: (probability) => random() < probability,
    pick: (items) => items[int(0, items.length - 1)] as (typeof items)[number],
  };
}
