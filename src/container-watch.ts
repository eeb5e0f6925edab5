import type { Clock } from "./clock.ts";
import type { Engine } from "./docker/engine.ts";
import type { Logger } from "./log.ts";

export interface WatchParts {
  readonly engine: Pick<Engine, "containerChanges">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

const MINUTE_MS = 60_000;
const MAX_POLL_PAUSE_MS = 10 * MINUTE_MS;

/**
 * Calls `changed` when a container comes or goes, and whenever there was a time in which that could not be seen:
 * where the engine's stream of events is forbidden or breaks, this is a poll.
 */
export async function watchContainers(
  { engine, clock, random, log }: WatchParts,
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

/** From a minute to a ceiling that doubles from 2 to 10 minutes. */
export function pollPauseMs(failures: number, random: number): number {
  const ceiling = Math.min(MINUTE_MS * 2 ** Math.min(failures, 4), MAX_POLL_PAUSE_MS);
  return Math.round(MINUTE_MS + random * (ceiling - MINUTE_MS));
}
