import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../src/clock.ts";

/**
 * A clock for a program whose engine and collector are functions: without a network it is at rest after a few turns of
 * the event loop, so that a year goes by in seconds.
 *
 * It knows two times: the true one, which nobody sets, and that on the wall.
 */
export interface QuickClock extends Clock {
  /** The true time since the start; the program has it, as `elapsedMs`, only as exact as `os.uptime`. */
  trueMs(): number;
  /** Lets the time go by, waking the program whenever it wants to be woken. */
  advance(ms: number): Promise<void>;
  /** Sets the wall clock forward (or backward), waking nobody. */
  setBy(ms: number): void;
  /** The host sleeps: both times go on, and nobody's sleep gets shorter by it. */
  suspend(ms: number): void;
  settled(): Promise<void>;
}

interface Sleeper {
  until: number;
  readonly wake: () => void;
}

/** The kernel counts it in these, and not from where the wall clock does. */
const UPTIME_STEP_MS = 10;
/** No timer is punctual. */
const MOST_LATE_MS = 10;
const QUIET_TURNS = 3;
const MAX_TURNS = 100_000;
/** Nobody has to be woken so often at one moment. */
const MAX_WAKES = 1_000;

export function createQuickClock(start: Date): QuickClock {
  let elapsed = 0;
  let wall = start.getTime();
  let activity = 0;
  let sleeps = 0;
  const sleepers = new Set<Sleeper>();

  function pass(ms: number): void {
    elapsed += ms;
    wall += ms;
  }

  async function settled(): Promise<void> {
    let last = activity;
    for (let quiet = 0, turns = 0; quiet < QUIET_TURNS; turns++) {
      if (turns > MAX_TURNS) throw new Error("the program does not come to rest");
      await turn();
      quiet = activity === last ? quiet + 1 : 0;
      last = activity;
    }
  }

  return {
    trueMs: () => elapsed,
    elapsedMs: () => Math.round(elapsed / UPTIME_STEP_MS) * UPTIME_STEP_MS,
    now: () => {
      activity++;
      return new Date(wall);
    },
    sleep: (ms, signal) => {
      activity++;
      return new Promise<void>((done) => {
        if (signal.aborted) return done();
        const sleeper = { until: elapsed + ms + (++sleeps % MOST_LATE_MS), wake };
        function wake() {
          sleepers.delete(sleeper);
          signal.removeEventListener("abort", wake);
          done();
        }
        sleepers.add(sleeper);
        signal.addEventListener("abort", wake);
      });
    },
    settled,
    setBy: (ms) => {
      wall += ms;
    },
    suspend: (ms) => {
      pass(ms);
      for (const sleeper of sleepers) sleeper.until += ms;
    },
    async advance(ms) {
      const target = elapsed + ms;
      for (let wakes = 0; ; wakes++) {
        await settled();
        const next = first(sleepers);
        if (!next || next.until > target) break;
        if (next.until > elapsed) wakes = 0;
        else if (wakes > MAX_WAKES) throw new Error("the program turns in circles without a pause");
        pass(Math.max(next.until - elapsed, 0));
        next.wake();
      }
      pass(target - elapsed);
    },
  };
}

function first(sleepers: Iterable<Sleeper>): Sleeper | undefined {
  let next: Sleeper | undefined;
  for (const it of sleepers) if (!next || it.until < next.until) next = it;
  return next;
}
