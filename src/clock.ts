import { uptime } from "node:os";
import { setTimeout as delay } from "node:timers/promises";

export interface Clock {
  now(): Date;
  /** Since some moment of the past. Nobody sets it, and it goes on while the host sleeps. */
  elapsedMs(): number;
  /** Ends after `ms`, or at once when `signal` does; never throws. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => new Date(),
  elapsedMs: () => uptime() * 1000,
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}),
};
