import type { Clock } from "./clock.ts";
import { pauseMs } from "./delivery/backoff.ts";
import type { Outbox } from "./delivery/outbox.ts";
import type { Engine } from "./docker/engine.ts";
import { readDaemonRecord, writeDaemonRecord } from "./health.ts";
import type { Logger } from "./log.ts";
import { showNotice } from "./notice.ts";
import type { Pass } from "./pass.ts";
import { createSchedule, drawDailySlot, heartbeatDueAt, NEVER, nextLookAt } from "./schedule.ts";
import { isStorageError, openState, type State, StateError, sentSoFar } from "./state/database.ts";

export interface DaemonParts {
  readonly heartbeat?: string;
  readonly settleMs: number;
  readonly stateDir: string;
  readonly assemble: (state: State, signal: AbortSignal) => Work;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly pid: number;
}

export interface Work {
  readonly engine: Pick<Engine, "containerChanges">;
  readonly pass: Pass;
  readonly outbox: Outbox;
}

/** No sleep is longer, so that a changed clock and a host that was suspended are noticed. */
const MAX_SLEEP_MS = 10 * 60_000;
const MAX_POLL_PAUSE_MS = 10 * 60_000;
const STATE_PAUSE_MS = 60_000;
/** Containers that never stop changing do not put off the look for longer than this many settling times. */
const MAX_SETTLES = 10;

/**
 * Opens the state, then looks and delivers whenever either is due, until `signal` ends it. One thing at a time. A state
 * that cannot be written any more is opened again when it can: nothing is sent while nothing can be stored.
 */
export async function runDaemon(parts: DaemonParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const state = await openWhenPossible(parts, signal);
    if (!state) return;
    try {
      showNotice(state, parts.log);
      await work(parts, state, signal);
    } catch (error) {
      if (!isStorageError(error)) throw error;
      parts.log.error(
        `the state in ${parts.stateDir} cannot be written: ${(error as Error).message}; is the disk full?`,
      );
      await parts.clock.sleep(STATE_PAUSE_MS, signal);
    } finally {
      leave(parts, state);
    }
  }
}

function leave({ pid }: DaemonParts, state: State): void {
  try {
    // A second daemon in the same place has a record of its own.
    if (readDaemonRecord(state)?.pid === pid) writeDaemonRecord(state, undefined);
  } catch (error) {
    if (!isStorageError(error)) throw error;
  }
  state.close();
}

async function work(parts: DaemonParts, state: State, signal: AbortSignal): Promise<void> {
  const { clock, random, log, settleMs, pid } = parts;
  const { engine, pass, outbox } = parts.assemble(state, signal);
  const schedule = createSchedule(parts.heartbeat ?? keptSlot(state, random));
  const startedAt = clock.now();
  const alarm = createAlarm(clock, signal);
  const heartbeatAt = () => heartbeatDueAt(schedule, clock.now(), sentSoFar(state));
  const nextSlot = () => nextLookAt(schedule, clock.now(), sentSoFar(state));
  let lookAt = after(startedAt, settleMs);
  let slotAt = nextSlot();
  let failures = 0;
  let changingSince: Date | undefined;

  function containersChanged(): void {
    const now = clock.now();
    changingSince ??= now;
    lookAt = earliest(after(now, settleMs), after(changingSince, settleMs * MAX_SETTLES));
    alarm.ring();
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
    const problem = outcome.kind === "unknown" && outcome.missing === "engine" ? outcome.reason : undefined;
    writeDaemonRecord(state, {
      pid,
      startedAt,
      lookedAt: clock.now(),
      nextLookAt: earliest(lookAt, slotAt),
      problem,
    });
    if (outcome.kind !== "unknown") log.debug(`looked: ${outcome.kind}`);
  }

  writeDaemonRecord(state, { pid, startedAt, lookedAt: undefined, nextLookAt: lookAt, problem: undefined });
  log.info(
    `first look at the containers from ${log.time(lookAt)} on; next heartbeat ${log.time(slotAt)} (schedule ${schedule.expression})`,
  );
  const watching = watchContainers(parts, engine, containersChanged, signal);
  await outbox.deliver(signal, { regardless: true });
  while (!signal.aborted) {
    await alarm.at(earliest(lookAt, slotAt, outbox.nextAttemptAt()));
    if (signal.aborted) break;
    if (clock.now() >= earliest(lookAt, slotAt)) await look();
    if (signal.aborted) break;
    const { delivered } = await outbox.deliver(signal);
    if (delivered > 0) log.info(`next heartbeat ${log.time(slotAt)}`);
  }
  await watching;
}

/**
 * Calls `changed` when a container comes or goes, and whenever there was a time in which that could not be seen:
 * where the engine's stream of events is forbidden or breaks, this is a poll.
 */
async function watchContainers(
  { clock, random, log }: DaemonParts,
  engine: Pick<Engine, "containerChanges">,
  changed: () => void,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      for await (const _ of engine.containerChanges(signal)) {
        changed();
        failures = 0;
      }
    } catch (error) {
      log.debug((error as Error).message);
    }
    await clock.sleep(pollPauseMs(Math.max(failures, 1), random()), signal);
    if (!signal.aborted) changed();
  }
}

/** A sleep until an instant that can be cut short. */
function createAlarm(clock: Clock, signal: AbortSignal) {
  let bell = new AbortController();
  return {
    ring: () => bell.abort(),
    at: async (instant: Date) => {
      const ms = instant.getTime() - clock.now().getTime();
      // Also when it is due already: timers and signals get their turn.
      await clock.sleep(Math.min(Math.max(ms, 0), MAX_SLEEP_MS), AbortSignal.any([signal, bell.signal]));
      bell = new AbortController();
    },
  };
}

async function openWhenPossible(
  { stateDir, log, clock }: DaemonParts,
  signal: AbortSignal,
): Promise<State | undefined> {
  for (let said = false; !signal.aborted; said = true) {
    try {
      return openState(stateDir);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      if (!said)
        log.error(`${error.message}; ${error.hint}. Nothing is sent until then; it is tried every minute`);
      await clock.sleep(STATE_PAUSE_MS, signal);
    }
  }
  return undefined;
}

function pollPauseMs(failures: number, random: number): number {
  return Math.min(pauseMs(failures, random), MAX_POLL_PAUSE_MS);
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
