export type Answer =
  | { readonly kind: "accepted"; readonly status: number }
  /** The collector, or the way to it, is not well: worth another attempt later. */
  | { readonly kind: "unavailable"; readonly reason: string; readonly retryAfterMs?: number }
  /** Asking again would give the same answer. */
  | { readonly kind: "refused"; readonly reason: string };

/** What came back. */
export interface Reply {
  readonly status: number;
  /** Of the body as much as is wanted: see `bytesWanted`. */
  readonly body: Buffer;
  /** Why the body ended before its end, in words. */
  readonly broken?: string | undefined;
  /** The header Retry-After. */
  readonly retryAfter?: string | undefined;
}

/** Too many requests, and what a proxy on the way says rather than the collector: its own sign-in, time-outs. */
const PASSING = [407, 408, 425, 429];
const LONGEST_REFUSAL_BYTES = 64 * 1024;
const LONGEST_PIECE = 200;
const DAY_MS = 24 * 60 * 60_000;

/** How much of the body matters: it tells the collector's 200 from another's, and says why a report was refused. */
export function bytesWanted(status: number): number {
  if (status === 200) return 1;
  return isFinal(status) ? LONGEST_REFUSAL_BYTES : 0;
}

/**
 * What a reply means: 204, or an empty 200, is success; a 4xx that does not pass is final; all else, also a reply that
 * the collector never gives (something on the way did), is worth another attempt.
 *
 * @param secrets are not repeated, should the reply repeat them
 */
export function judge(reply: Reply, now: Date, secrets: readonly string[]): Answer {
  const { status, body, broken, retryAfter } = reply;
  if (status === 204 || (status === 200 && body.length === 0 && !broken)) return { kind: "accepted", status };
  if (isFinal(status)) {
    const piece = printablePiece(body, secrets);
    return { kind: "refused", reason: piece ? `HTTP ${status}: ${piece}` : `HTTP ${status}` };
  }
  const retryAfterMs = parseRetryAfter(retryAfter, now);
  return {
    kind: "unavailable",
    reason: `HTTP ${status}${whatIsWrong(reply)}`,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && !PASSING.includes(status);
}

function whatIsWrong({ status, body, broken }: Reply): string {
  if (status === 407) return ", the proxy wants a user name and a password";
  if (status >= 400) return "";
  if (status >= 300) return ", a redirect, which is not followed: a sign-in page, or a wrong COLLECTOR_URL?";
  if (broken && body.length === 0) return `, then ${broken}`;
  const what = status === 200 ? " with a body that is not the collector's" : ", not the collector's answer";
  return `${what}: does something else answer in its place, a sign-in page?`;
}

/** The beginning of a text on one line, fit for a log; undefined where it is no text, or empty. */
function printablePiece(body: Buffer, secrets: readonly string[]): string | undefined {
  try {
    // A stream's beginning may end within a character.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body, { stream: true });
    if (text.includes("\0")) return undefined;
    const open = secrets.reduce((rest, it) => rest.replaceAll(it, "…"), text);
    const line = open.replace(/[\p{C}\p{Z}]+/gu, " ").trim();
    return [...line].slice(0, LONGEST_PIECE).join("").trimEnd() || undefined;
  } catch {
    return undefined;
  }
}

/** Seconds, or a date as RFC 9110 wants them to be written; anything else is as if it were not there. At most a day. */
function parseRetryAfter(value = "", now: Date): number | undefined {
  const isDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(value);
  const ms = /^\d+$/.test(value)
    ? Number(value) * 1000
    : isDate
      ? Date.parse(value) - now.getTime()
      : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), DAY_MS);
}
