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
/** A proxy may have dropped a stream without a word: none is trusted for longer. */
const STREAM_MS = 9 * MINUTE_MS;
/** A stream that lived shorter than this is no stream. */
const SHORT_MS = MINUTE_MS;

/**
 * Calls `changed` when a container comes or goes. A stream of events that ends is resumed where it was; where it is
 * forbidden, or breaks at once, `changed` is called with growing pauses instead: a poll.
 */
export async function watchContainers(
  { engine, clock, random, log }: WatchParts,
  changed: () => void,
  signal: AbortSignal,
): Promise<void> {
  let since: string | undefined;
  let failures = 0;

  /** Whether that was of use. */
  async function listen(): Promise<boolean> {
    const turn = new AbortController();
    const ends = AbortSignal.any([signal, turn.signal]);
    const startedAt = clock.now().getTime();
    let listens = false;
    void clock.sleep(STREAM_MS, ends).then(() => turn.abort());
    try {
      for await (const event of engine.containerChanges(ends, since)) {
        listens = true;
        if (event.kind === "changed") changed();
        if (event.kind === "changed" || since === undefined) since = event.since;
      }
    } catch (error) {
      log.debug((error as Error).message);
    } finally {
      turn.abort();
    }
    return listens && clock.now().getTime() - startedAt >= SHORT_MS;
  }

  while (!signal.aborted) {
    if (await listen()) {
      failures = 0;
      continue;
    }
    failures++;
    await clock.sleep(pollPauseMs(failures, random()), signal);
    if (!signal.aborted) changed();
  }
}

/** From a minute to a ceiling that doubles from 2 to 10 minutes. */
export function pollPauseMs(failures: number, random: number): number {
  const ceiling = Math.min(MINUTE_MS * 2 ** Math.min(failures, 4), MAX_POLL_PAUSE_MS);
  return Math.round(MINUTE_MS + random * (ceiling - MINUTE_MS));
}
