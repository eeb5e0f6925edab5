import type { Alarm } from "./alarm.ts";
import type { Clock } from "./clock.ts";
import { pollPauseMs, watchContainers } from "./container-watch.ts";
import type { Outbox } from "./delivery/outbox.ts";
import type { Engine } from "./docker/engine.ts";
import { type DaemonRecord, writeDaemonRecord } from "./health.ts";
import type { Logger } from "./log.ts";
import type { Pass } from "./pass.ts";
import { createSchedule, drawDailySlot, heartbeatDueAt, NEVER, nextLookAt } from "./schedule.ts";
import { CLOCK_WAS_SET_MS, createSentMemory } from "./sent-memory.ts";
import type { State } from "./state/state.ts";

export interface RoundsParts {
  readonly state: State;
  readonly engine: Pick<Engine, "containerChanges">;
  readonly pass: Pass;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly heartbeat: string | undefined;
  readonly settleMs: number;
  /** What the daemon's record says whatever happens. */
  readonly daemon: Pick<DaemonRecord, "pid" | "startedAt">;
  readonly alarm: Alarm;
  /** Called when something was done. */
  readonly tidyUp: () => void;
  /** Ends the rounds when an admin has opted out meanwhile. */
  readonly followConsent: () => void;
}

/** Containers that never stop changing do not put off the look for longer than this many settling times. */
const MAX_SETTLES = 10;

/** Looks at the containers and delivers, whenever either is due, one thing at a time, until `signal` ends it. */
export async function makeRounds(parts: RoundsParts, signal: AbortSignal): Promise<void> {
  const { state, engine, pass, outbox, clock, random, log, settleMs, alarm } = parts;
  const schedule = createSchedule(parts.heartbeat ?? keptSlot(state, random));
  const offsetMs = () => clock.now().getTime() - clock.elapsedMs();
  const sent = createSentMemory(state, offsetMs);
  const heartbeatAt = () => heartbeatDueAt(schedule, clock.now(), sent());
  const nextSlot = () => nextLookAt(schedule, clock.now(), sent());
  let offset = offsetMs();
  let lookAt = after(clock.now(), settleMs);
  let slotAt = nextSlot();
  let failures = 0;
  let changingSince: Date | undefined;

  function containersChanged(): void {
    const now = clock.now();
    changingSince ??= now;
    lookAt = earliest(after(now, settleMs), after(changingSince, settleMs * MAX_SETTLES));
    alarm.ring();
  }

  /** Moves along what was meant for a time of the clock that has been set since. */
  function followClock(): void {
    const jump = offsetMs() - offset;
    if (Math.abs(jump) < CLOCK_WAS_SET_MS) return;
    offset += jump;
    if (lookAt < NEVER) lookAt = after(lookAt, jump);
    if (changingSince) changingSince = after(changingSince, jump);
    const due = heartbeatAt();
    slotAt = due < NEVER ? due : nextSlot();
  }

  async function look(): Promise<void> {
    changingSince = undefined;
    // Before the look, so that a change during it is not forgotten.
    lookAt = NEVER;
    const outcome = await pass(() => clock.now() >= heartbeatAt()).catch((error) => {
      if (!signal.aborted) throw error;
    });
    if (!outcome) return;
    slotAt = nextSlot();
    failures = outcome.kind === "unknown" ? failures + 1 : 0;
    if (failures) lookAt = earliest(lookAt, after(clock.now(), pollPauseMs(failures, random())));
    writeDaemonRecord(state, {
      ...parts.daemon,
      lookedAt: clock.now(),
      nextLookAt: earliest(lookAt, slotAt),
      problem: outcome.kind === "unknown" && outcome.missing === "engine" ? outcome.reason : undefined,
      hold: outcome.kind === "held" ? outcome.hold : undefined,
    });
    if (outcome.kind !== "unknown") log.debug(`looked: ${outcome.kind}`);
  }

  writeDaemonRecord(state, { ...parts.daemon, nextLookAt: lookAt });
  log.info(
    `first look at the containers from ${log.time(lookAt)} on; next heartbeat ${log.time(slotAt)} (schedule ${schedule.expression})`,
  );
  const rounds = new AbortController();
  const watchEnds = AbortSignal.any([signal, rounds.signal]);
  const watching = watchContainers({ engine, clock, random, log }, containersChanged, watchEnds);
  try {
    await outbox.deliver(signal, { regardless: true });
    while (!signal.aborted) {
      await alarm.at(earliest(lookAt, slotAt, outbox.nextAttemptAt()), signal);
      parts.followConsent();
      followClock();
      if (signal.aborted) break;
      const isTime = clock.now() >= earliest(lookAt, slotAt);
      if (isTime) await look();
      if (signal.aborted) break;
      const { delivered } = await outbox.deliver(signal);
      if (delivered > 0) log.info(`next heartbeat ${log.time(slotAt)}`);
      if (isTime) parts.tidyUp();
    }
  } finally {
    rounds.abort();
    await watching;
  }
}

function keptSlot(state: State, random: () => number): string {
  const kept = state.setting("heartbeat schedule") ?? drawDailySlot(random);
  state.setSetting("heartbeat schedule", kept);
  return kept;
}

function after(instant: Date, ms: number): Date {
  return new Date(instant.getTime() + ms);
}

function earliest(...instants: (Date | undefined)[]): Date {
  return new Date(Math.min(...instants.map((it) => it?.getTime() ?? Number.POSITIVE_INFINITY)));
}
