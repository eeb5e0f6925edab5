/** Counts moments without keeping them. */
export interface WakeUps {
  readonly count: number;
  /** How many of them lay in one minute at most. */
  readonly inBusiestMinute: number;
  /** @param moment in milliseconds, not before the last one */
  add(moment: number): void;
}

const MINUTE_MS = 60_000;

export function countWakeUps(): WakeUps {
  let count = 0;
  let most = 0;
  let lastMinute: number[] = [];
  return {
    get count() {
      return count;
    },
    get inBusiestMinute() {
      return most;
    },
    add(moment) {
      count++;
      lastMinute = [...lastMinute.filter((it) => moment - it < MINUTE_MS), moment];
      most = Math.max(most, lastMinute.length);
    },
  };
}
