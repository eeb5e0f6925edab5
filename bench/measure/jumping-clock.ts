import type { Clock } from "../../src/clock.ts";

/** A clock that jumps to the next moment at which somebody wants to be woken. */
export interface JumpingClock extends Clock {
  /** Lets the time go by; waits, before each jump, until `isBusy` does not hold any more. */
  advanceTo(instant: Date): Promise<void>;
}

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** So many turns of the event loop without work in sight are rest. */
const QUIET_TURNS = 12;

/**
 * @param isBusy whether work is under way that waits for another process
 * @param onWakeUp hears of each moment at which somebody is woken
 */
export function createJumpingClock(
  start: Date,
  isBusy: () => boolean,
  onWakeUp: (moment: number) => void = () => {},
): JumpingClock {
  let now = start.getTime();
  const sleepers = new Set<Sleeper>();

  async function rest(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; ) {
      await new Promise((done) => setImmediate(done));
      quiet = isBusy() || sleepers.size === 0 ? 0 : quiet + 1;
    }
  }

  return {
    now: () => new Date(now),
    elapsedMs: () => now,
    sleep: (ms, signal) =>
      new Promise<void>((done) => {
        if (signal.aborted) return done();
        const wake = () => {
          sleepers.delete(sleeper);
          signal.removeEventListener("abort", wake);
          done();
        };
        const sleeper = { until: now + ms, wake };
        sleepers.add(sleeper);
        signal.addEventListener("abort", wake, { once: true });
      }),
    async advanceTo(instant) {
      for (;;) {
        await rest();
        const until = Math.min(...[...sleepers].map((it) => it.until));
        if (until > instant.getTime()) break;
        now = Math.max(now, until);
        onWakeUp(now);
        for (const sleeper of sleepers) if (sleeper.until <= now) sleeper.wake();
      }
      now = instant.getTime();
    },
  };
}
