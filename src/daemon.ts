import { type Alarm, createAlarm } from "./alarm.ts";
import type { Clock } from "./clock.ts";
import type { Consent } from "./consent.ts";
import type { Outbox } from "./delivery/outbox.ts";
import type { Engine } from "./docker/engine.ts";
import { readDaemonRecord, writeDaemonRecord } from "./health.ts";
import type { Logger } from "./log.ts";
import { sayConsent, showNotice } from "./notice.ts";
import type { Pass } from "./pass.ts";
import { makeRounds } from "./rounds.ts";
import { NEVER } from "./schedule.ts";
import { type OpenState, StateError } from "./state/database.ts";
import { lockFolder } from "./state/folder-lock.ts";
import { watchFolder } from "./state/folder-watch.ts";
import type { State } from "./state/state.ts";
import { isStorageError } from "./state/storage-error.ts";

export interface DaemonParts {
  readonly heartbeat: string | undefined;
  readonly settleMs: number;
  readonly stateDir: string;
  readonly openState: OpenState;
  readonly consentNow: (state: State) => Consent;
  readonly assemble: (state: State, signal: AbortSignal) => Work;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly pid: number;
  readonly tidyUp: () => void;
}

export interface Work {
  readonly engine: Pick<Engine, "containerChanges">;
  readonly pass: Pass;
  readonly outbox: Outbox;
}

const STATE_PAUSE_MS = 60_000;

/**
 * Opens the state, then looks and delivers whenever either is due, until `signal` ends it. One thing at a time. A state
 * that cannot be written any more is opened again when it can: nothing is sent while nothing can be stored.
 */
export async function runDaemon(parts: DaemonParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const held = await holdState(parts, signal);
    if (!held) return;
    try {
      showNotice(held.state, parts.log);
      await work(parts, held.state, signal);
    } catch (error) {
      if (!isStorageError(error)) throw error;
      parts.log.error(
        `the state in ${parts.stateDir} cannot be used: ${(error as Error).message}; is the disk full? Nothing is sent until then; it is tried every minute`,
      );
      await parts.clock.sleep(STATE_PAUSE_MS, signal);
    } finally {
      leave(parts, held.state);
      held.release();
    }
  }
}

/** Follows the admin's decisions: rounds while usage metrics are on, else only what says goodbye. */
async function work(parts: DaemonParts, state: State, signal: AbortSignal): Promise<void> {
  const { clock, log, consentNow, pid } = parts;
  const alarm = createAlarm(clock);
  const daemon = { pid, startedAt: clock.now() };
  const watching = new AbortController();
  let followConsent = () => {};
  watchFolder(
    parts.stateDir,
    () => {
      if (signal.aborted) return;
      try {
        if (!state.changedByOthers()) return;
        followConsent();
      } catch (error) {
        // Whoever wakes up meets it again, where it is dealt with.
        if (!isStorageError(error)) throw error;
      }
      alarm.ring();
    },
    watching.signal,
  );
  try {
    while (!signal.aborted) {
      const consent = consentNow(state);
      const turn = new AbortController();
      followConsent = () => {
        if (consentNow(state).given !== consent.given) turn.abort();
      };
      const ends = AbortSignal.any([signal, turn.signal]);
      sayConsent(consent, log);
      const tools = { ...parts.assemble(state, ends), alarm, followConsent };
      if (consent.given) await makeRounds({ ...parts, ...tools, state, daemon }, ends);
      else {
        writeDaemonRecord(state, { ...daemon, nextLookAt: NEVER });
        await sayGoodbye(tools, ends, signal);
      }
    }
  } finally {
    watching.abort();
  }
}

interface Farewell {
  readonly outbox: Outbox;
  readonly alarm: Alarm;
  readonly followConsent: () => void;
}

/** Until `ends` does. An attempt that is under way is only cut by `stop`: an opt-in would have it made twice. */
async function sayGoodbye(
  { outbox, alarm, followConsent }: Farewell,
  ends: AbortSignal,
  stop: AbortSignal,
): Promise<void> {
  await outbox.deliver(stop, { regardless: true });
  while (!ends.aborted) {
    await alarm.at(outbox.nextAttemptAt() ?? NEVER, ends);
    followConsent();
    if (!ends.aborted) await outbox.deliver(stop);
  }
}

/** The state, and the lock that keeps other daemons away from it; undefined when `signal` ends before. */
async function holdState(
  { stateDir, openState, log, clock }: DaemonParts,
  signal: AbortSignal,
): Promise<{ state: State; release(): void } | undefined> {
  let said: string | undefined;
  const sayOnce = (level: "warn" | "error", message: string) => {
    if (message !== said) log[level](message);
    said = message;
  };
  while (!signal.aborted) {
    try {
      const state = openState(stateDir, { now: () => clock.now(), onDamage: log.error });
      const lock = lockFolder(stateDir);
      if (lock) return { state, release: lock.release };
      state.close();
      sayOnce(
        "warn",
        `another openwisp-metrics works with the state in ${stateDir}: this one does nothing until that one has ended; it looks every minute`,
      );
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      sayOnce(
        "error",
        `${error.message}. Nothing is sent until then; it is tried every minute\n${error.hint}`,
      );
    }
    await clock.sleep(STATE_PAUSE_MS, signal);
  }
  return undefined;
}

function leave({ pid }: DaemonParts, state: State): void {
  try {
    if (readDaemonRecord(state)?.pid === pid) writeDaemonRecord(state, undefined);
  } catch (error) {
    if (!isStorageError(error)) throw error;
  }
  state.close();
}
