import type { Clock } from "./clock.ts";
import type { PageUse } from "./web/listener.ts";

export interface OffParts {
  readonly clock: Clock;
  /** Serves the System Info page, if there is one. */
  readonly servePage: (onUse: (use: PageUse) => void) => Promise<void>;
  readonly hasPage: boolean;
  /** One that was drawn and could not be stored is in the memory of this process only. */
  readonly isTokenKept: () => boolean;
  /** Goes on in the place of this process; undefined, or returns, where that is not possible. */
  readonly rest: (() => Promise<void>) | undefined;
}

/** Whoever has just turned the metrics off may follow the link to the page. */
const REST_AFTER_MS = 10_000;
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * The daemon while the environment says off, until `signal` ends: it serves the page, and leaves that to a lighter process
 * where nobody asks for it at first. It stays up: a process that ended would be started again by its restart policy.
 */
export async function stayOff(parts: OffParts, signal: AbortSignal): Promise<void> {
  const { clock, servePage, hasPage, isTokenKept, rest } = parts;
  let use: PageUse | undefined;
  const served = servePage((it) => {
    use = it;
  });
  const idle = async () => {
    if (rest) {
      await clock.sleep(REST_AFTER_MS, signal);
      if (!hasPage || (use === "served" && isTokenKept())) await rest();
    }
    while (!signal.aborted) await clock.sleep(MAX_TIMER_MS, signal);
  };
  await Promise.all([served, idle()]);
}
