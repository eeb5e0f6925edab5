const MINUTE_MS = 60_000;
const FIRST_CEILING_MS = 2 * MINUTE_MS;
export const LONGEST_PAUSE_MS = 6 * 60 * MINUTE_MS;

/**
 * The pause after the given number of failed attempts: drawn evenly between a minute and a ceiling that doubles
 * from 2 minutes to 6 hours, so that a million sidecars do not come back together.
 *
 * @param random a number from 0 to below 1
 */
export function pauseMs(failedAttempts: number, random: number): number {
  const ceiling = Math.min(FIRST_CEILING_MS * 2 ** Math.min(failedAttempts - 1, 20), LONGEST_PAUSE_MS);
  return Math.round(MINUTE_MS + random * (ceiling - MINUTE_MS));
}
