import type { Clock } from "./clock.ts";

/** No sleep is longer, so that a changed clock and a host that was suspended are noticed. */
const MAX_SLEEP_MS = 10 * 60_000;

/** A sleep until an instant that can be cut short. */
export interface Alarm {
  ring(): void;
  /** Ends at `instant`, when it rings or when `signal` ends, and every 10 minutes in any case. */
  at(instant: Date, signal: AbortSignal): Promise<void>;
}

export function createAlarm(clock: Clock): Alarm {
  let bell = new AbortController();
  return {
    ring: () => bell.abort(),
    async at(instant, signal) {
      const ms = instant.getTime() - clock.now().getTime();
      // Also when it is due already: timers and signals get their turn.
      await clock.sleep(Math.min(Math.max(ms, 0), MAX_SLEEP_MS), AbortSignal.any([signal, bell.signal]));
      bell = new AbortController();
    },
  };
}
