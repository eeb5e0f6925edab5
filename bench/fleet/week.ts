export const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** From an instant up to, not including, another, in milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Monday to Sunday. Everything is in UTC. */
export const WEEK: Span = span("2026-03-02T00:00Z", 7 * DAY_MS);
export const NORMAL_DAY: Span = span("2026-03-03T00:00Z", DAY_MS);
/** On Wednesday every installation is upgraded at a moment of this hour. */
export const RELEASE: Span = span("2026-03-04T22:30Z", HOUR_MS);
export const DAY_AFTER_RELEASE: Span = span("2026-03-05T00:00Z", DAY_MS);
/** From Friday evening on the collector fails every request, at the time when the peers of the comparison send. */
export const OUTAGE: Span = span("2026-03-06T22:30Z", 2 * HOUR_MS);
export const AFTER_OUTAGE: Span = { from: OUTAGE.to, to: OUTAGE.to + DAY_MS };
/** What is still not delivered then is lost. */
export const END = WEEK.to + 2 * DAY_MS;

export function isIn({ from, to }: Span, instant: number): boolean {
  return instant >= from && instant < to;
}

function span(start: string, lengthMs: number): Span {
  const from = Date.parse(start);
  return { from, to: from + lengthMs };
}
