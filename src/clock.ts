import { setTimeout as delay } from "node:timers/promises";

export interface Clock {
  now(): Date;
  /** Ends after `ms`, or at once when `signal` does; never throws. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}),
};
