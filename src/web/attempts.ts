const FREE_ATTEMPTS = 10;
const MINUTE_MS = 60_000;
const LONGEST_PAUSE_MS = 16 * MINUTE_MS;

/** Counts wrong tokens, whoever tries them: a token is guessed from many addresses as well as from one. */
export interface Attempts {
  /** How long no token is looked at, the right one neither; 0 when one may be tried now. */
  pauseMs(): number;
  failed(): void;
  succeeded(): void;
}

/** Ten wrong tokens a minute, then a pause, which doubles each time until the right token comes after it. */
export function createAttempts(now: () => Date): Attempts {
  let failures: number[] = [];
  let pausedAt = 0;
  let pauseMs = 0;
  return {
    pauseMs() {
      const left = pausedAt + pauseMs - now().getTime();
      // More than the whole pause is left only if the clock was set back.
      return left > 0 && left <= pauseMs ? left : 0;
    },
    failed() {
      const at = now().getTime();
      failures = [...failures.filter((it) => Math.abs(at - it) < MINUTE_MS), at];
      if (failures.length < FREE_ATTEMPTS) return;
      failures = [];
      pausedAt = at;
      pauseMs = Math.min(Math.max(pauseMs * 2, MINUTE_MS), LONGEST_PAUSE_MS);
    },
    succeeded() {
      failures = [];
      pauseMs = 0;
    },
  };
}
