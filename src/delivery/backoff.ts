const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/**
 * For the first pause, the second, and all others. A quick one, as most troubles are short; then so long that after an
 * outage of hours the retries of everybody do not amount to more than what they send anyway.
 */
const CEILINGS_MS = [2 * MINUTE_MS, 3 * HOUR_MS, 6 * HOUR_MS] as const;
const DAY_MS = 24 * HOUR_MS;
/** After this time without any success there is one attempt a day. */
const PATIENCE_MS = 3 * DAY_MS;
const MAX_RETRY_AFTER_MS = DAY_MS;

/** No pause is longer, whatever the collector asks for. */
export const LONGEST_PAUSE_MS = MAX_RETRY_AFTER_MS + CEILINGS_MS[2];

export interface Failure {
  /** Attempts in vain, in a row, of whatever report. */
  readonly failedAttempts: number;
  /** For how long the collector has taken nothing. */
  readonly silentForMs: number;
  /** What the collector asked for. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * The pause before the next attempt, drawn evenly between a minute and a ceiling that grows from 2 minutes to 6 hours, so
 * that a million sidecars do not come back together. What the collector asks for by Retry-After, at most a day, comes
 * before it; as that may be one moment for all, the pause after it is a long one. After three days without success it
 * is a day.
 *
 * @param random a number from 0 to below 1
 */
export function pauseMs({ failedAttempts, silentForMs, retryAfterMs = 0 }: Failure, random: number): number {
  if (silentForMs >= PATIENCE_MS) return DAY_MS;
  const asked = Math.min(Math.max(retryAfterMs, 0), MAX_RETRY_AFTER_MS);
  const ceiling = CEILINGS_MS[failedAttempts - 1 + (asked > 0 ? 1 : 0)] ?? CEILINGS_MS[2];
  return asked + Math.round(MINUTE_MS + random * (ceiling - MINUTE_MS));
}
