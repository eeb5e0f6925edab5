import type { Clock } from "../../src/clock.ts";

/** A clock in the test's hand. The program's network is real, so its time only goes on while the program sleeps. */
export interface FakeClock extends Clock {
  /** Waits until the program sleeps, then lets the time go by, waking it whenever it wants to be woken. */
  advance(ms: number): Promise<void>;
  /** Waits until the program sleeps. */
  settled(): Promise<void>;
  /** Sets the clock without waking anybody, as an admin or NTP does. */
  set(now: Date): void;
}

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** @param activity a number that grows with every request the program makes: it does not rest while that changes */
export function createFakeClock(start: Date, activity: () => number): FakeClock {
  /** What the clock shows is this and the time that has passed. */
  let base = start.getTime();
  let elapsed = 0;
  const sleepers = new Set<Sleeper>();

  const settled = async () => {
    const giveUp = Date.now() + 10_000;
    let last = activity();
    for (let quietLooks = 0; quietLooks < 5; ) {
      if (Date.now() > giveUp) throw new Error("the program does not come to rest");
      await new Promise((done) => setTimeout(done, 2));
      quietLooks = sleepers.size > 0 && activity() === last ? quietLooks + 1 : 0;
      last = activity();
    }
  };

  return {
    now: () => new Date(base + elapsed),
    elapsedMs: () => elapsed,
    sleep: (ms, signal) =>
      new Promise<void>((done) => {
        if (signal.aborted) return done();
        const wake = () => {
          sleepers.delete(sleeper);
          done();
        };
        const sleeper = { until: elapsed + ms, wake };
        sleepers.add(sleeper);
        signal.addEventListener("abort", wake, { once: true });
      }),
    settled,
    set: (to) => {
      base = to.getTime() - elapsed;
    },
    async advance(ms) {
      const target = elapsed + ms;
      for (;;) {
        await settled();
        const [next] = [...sleepers].filter((it) => it.until <= target).sort((a, b) => a.until - b.until);
        if (!next) break;
        elapsed = Math.max(elapsed, next.until);
        next.wake();
      }
      elapsed = target;
    },
  };
}
