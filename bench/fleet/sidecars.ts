import { type Failure, pauseMs } from "../../src/delivery/backoff.ts";
import {
  createSchedule,
  drawDailySlot,
  heartbeatDueAt,
  type Schedule,
  type SentSoFar,
} from "../../src/schedule.ts";
import { DAY_MS, MINUTE_MS, WEEK } from "./week.ts";

/** What a sidecar decides for itself. */
export interface Sidecar {
  /** When the last Heartbeat before the week was made. */
  readonly lastHeartbeatAt: number;
  /** When the next Heartbeat is made, seen from `now`. */
  readonly heartbeatAt: (now: number, sent: SentSoFar) => number;
  /** OpenWISP was upgraded, and every container with it started again. */
  readonly restarted: (now: number) => void;
  readonly pauseMs: (failure: Failure) => number;
}

/** Makes one sidecar after the other. */
export type Fleet = (random: () => number) => Sidecar;

const PEERS_PAUSE_MS = 10 * MINUTE_MS;
const JUST_BEFORE_SUNDAY = WEEK.from - DAY_MS - 1;

/** The program's own slot, rules and pauses. */
export function slotWithFullJitter(): Fleet {
  const schedules = new Map<string, Schedule>();
  return (random) => {
    const expression = drawDailySlot(random);
    const schedule = schedules.get(expression) ?? remembering(createSchedule(expression));
    schedules.set(expression, schedule);
    return {
      lastHeartbeatAt: schedule.next(new Date(JUST_BEFORE_SUNDAY)).getTime(),
      heartbeatAt: (now, sent) => heartbeatDueAt(schedule, new Date(now), sent).getTime(),
      restarted: () => {},
      pauseMs: (failure) => pauseMs(failure, random()),
    };
  };
}

/** A timer that runs from the start of the container, which may have been at any time of the day. */
export function timerOf24Hours(): Fleet {
  return (random) => {
    let startedAt = WEEK.from - 1 - Math.floor(random() * DAY_MS);
    return {
      lastHeartbeatAt: startedAt,
      heartbeatAt: (now) => now + DAY_MS - ((now - startedAt) % DAY_MS),
      restarted: (now) => {
        startedAt = now;
      },
      pauseMs: () => PEERS_PAUSE_MS,
    };
  };
}

/** A crontab line that everybody copied: 0 0 * * *. */
export function fixedCronMinute(): Fleet {
  const schedule = remembering(createSchedule("0 0 * * *"));
  const next = (now: number) => schedule.next(new Date(now)).getTime();
  return () => ({
    lastHeartbeatAt: next(JUST_BEFORE_SUNDAY),
    heartbeatAt: next,
    restarted: () => {},
    pauseMs: () => PEERS_PAUSE_MS,
  });
}

/** The same answers, sooner: from any instant between a question and its answer, the answer is the same. */
function remembering({ expression, next }: Schedule): Schedule {
  const known: { from: number; slot: Date }[] = [];
  return {
    expression,
    next(after) {
      const instant = after.getTime();
      const found = known.find(({ from, slot }) => from <= instant && instant < slot.getTime());
      if (found) return found.slot;
      const slot = next(after);
      known.push({ from: instant, slot });
      return slot;
    },
  };
}
