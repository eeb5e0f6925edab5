import { END, isIn, MINUTE_MS, OUTAGE, type Span, WEEK } from "./week.ts";

export type Answer =
  | { readonly kind: "accepted" }
  | { readonly kind: "unavailable"; readonly retryAfterMs: number | undefined };

export interface Collector {
  readonly request: (at: number) => Answer;
  /** The requests of every minute from the start of the week on, those in vain too. */
  readonly perMinute: Uint32Array;
}

const ACCEPTED: Answer = { kind: "accepted" };

/**
 * Takes every request at once, but none during the outage. It is then either not reachable or, with `saysWhen`, answers
 * 503 and a Retry-After with the date of its return.
 */
export function createCollector({ saysWhen }: { readonly saysWhen: boolean }): Collector {
  const perMinute = new Uint32Array((END - WEEK.from) / MINUTE_MS);
  return {
    perMinute,
    request(at) {
      const minute = Math.floor((at - WEEK.from) / MINUTE_MS);
      perMinute[minute] = (perMinute[minute] ?? 0) + 1;
      if (!isIn(OUTAGE, at)) return ACCEPTED;
      return { kind: "unavailable", retryAfterMs: saysWhen ? OUTAGE.to - at : undefined };
    },
  };
}

/** The requests of each minute of a span. */
export function minutesOf(perMinute: Uint32Array, { from, to }: Span): Uint32Array {
  return perMinute.subarray((from - WEEK.from) / MINUTE_MS, Math.ceil((to - WEEK.from) / MINUTE_MS));
}
