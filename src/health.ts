import type { CollectionSwitch } from "./collection-switch.ts";
import { type Consent, consentOf } from "./consent.ts";
import type { Hold } from "./installation/observe.ts";
import { localTime } from "./local-time.ts";
import { isAlive } from "./state/claimant.ts";
import { readState } from "./state/database.ts";
import type { State } from "./state/state.ts";

/** What the daemon leaves in the state for the other commands. */
export interface DaemonRecord {
  readonly pid: number;
  readonly startedAt: Date;
  readonly lookedAt?: Date | undefined;
  readonly nextLookAt: Date;
  /** Why the engine could not be asked at the last look. */
  readonly problem?: string | undefined;
  /** Why the last look reported nothing, if so. */
  readonly hold?: Hold | undefined;
}

export interface Health {
  readonly healthy: boolean;
  readonly reason: string;
}

const OVERDUE_MS = 15 * 60_000;

/** Whether the daemon that shares the state in `stateDir` is healthy. */
export function readHealth(collection: CollectionSwitch, stateDir: string, now: Date): Health {
  const state = collection.on ? readState(stateDir) : undefined;
  try {
    return health(state, consentOf(collection, state?.consent(), localTime), now);
  } finally {
    state?.close();
  }
}

/** Whether the daemon runs and reaches the engine. The collector has no part in it. */
function health(state: State | undefined, consent: Consent, now: Date): Health {
  if (consent.fixed && !consent.given)
    return { healthy: true, reason: `usage metrics are off: ${consent.because}` };
  const daemon = state && readDaemonRecord(state);
  if (!daemon || !isAlive(daemon.pid))
    return { healthy: false, reason: "the daemon is not running, or cannot use its state" };
  if (!consent.given) return { healthy: true, reason: `usage metrics are off: ${consent.because}` };
  if (daemon.problem) return { healthy: false, reason: daemon.problem };
  if (now.getTime() - daemon.nextLookAt.getTime() > OVERDUE_MS)
    return { healthy: false, reason: "the daemon has missed its time to look at the containers" };
  return { healthy: true, reason: "the daemon is running" };
}

export function writeDaemonRecord(state: Pick<State, "setSetting">, daemon: DaemonRecord | undefined): void {
  state.setSetting("daemon", daemon && JSON.stringify(daemon));
}

export function readDaemonRecord(state: Pick<State, "setting">): DaemonRecord | undefined {
  const stored = state.setting("daemon");
  if (!stored) return undefined;
  const { startedAt, lookedAt, nextLookAt, ...rest } = JSON.parse(stored);
  return {
    ...rest,
    startedAt: new Date(startedAt),
    lookedAt: lookedAt && new Date(lookedAt),
    nextLookAt: new Date(nextLookAt),
  };
}
