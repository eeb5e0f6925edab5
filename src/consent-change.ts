import type { Consent, StoredConsent } from "./consent.ts";
import type { Delivery, Outbox } from "./delivery/outbox.ts";
import { readDaemonRecord } from "./health.ts";
import { buildFarewell } from "./report/events.ts";
import type { State } from "./state/state.ts";

/** What an opt-in or opt-out did. `--json` prints it as it is. */
export interface ConsentChange {
  /** False when that had been decided before. */
  readonly changed: boolean;
  /** The effective state now, and who decided it. */
  readonly usageMetrics: "on" | "off";
  readonly decidedBy: string;
  /** How many reports that waited were discarded. */
  readonly discarded: number;
  /** What became of the last event of an opt-out; null where there is none to send. */
  readonly farewell: "sent" | "waiting" | "refused" | null;
}

export interface ConsentParts {
  readonly state: State;
  readonly outbox: Outbox;
  readonly siteId: number;
  /** Whether the environment lets anything be sent. */
  readonly isAllowed: boolean;
  readonly consentNow: (state: State) => Consent;
}

/**
 * Stores the decision. An opt-out discards what waits and sends one last event, which says that it happened; but none
 * where nothing may be sent, nor for a development installation, which has never reported anything.
 */
export async function changeConsent(
  { state, outbox, siteId, isAllowed, consentNow }: ConsentParts,
  decision: StoredConsent,
  signal: AbortSignal,
): Promise<ConsentChange> {
  const { given, at } = decision;
  const isSaid = isAllowed && !given && readDaemonRecord(state)?.hold !== "development";
  const category = "Consent Withdrawn" as const;
  const farewell = isSaid ? { category, body: buildFarewell(at, siteId), observedAt: at } : undefined;
  const change = state.decideConsent(decision, farewell);
  const consent = consentNow(state);
  const result = {
    changed: change !== undefined,
    usageMetrics: consent.given ? "on" : "off",
    decidedBy: consent.because,
    discarded: change?.discarded ?? 0,
  } as const;
  if (change && farewell)
    return { ...result, farewell: outcomeOf(await outbox.deliver(signal, { regardless: true })) };
  return { ...result, farewell: state.queue().some((it) => it.category === category) ? "waiting" : null };
}

/** The sentences that tell what was done. */
export function describeChange(given: boolean, change: ConsentChange): string {
  const { changed, usageMetrics, decidedBy, discarded } = change;
  const state = `Usage metrics are ${usageMetrics}: ${decidedBy}.`;
  const wanted = given ? "on" : "off";
  const did = [changed ? state : `Nothing to do. ${state}`];
  if (changed && usageMetrics !== wanted) did.push("Your decision is kept, and counts when that is changed.");
  if (discarded > 0)
    did.push(
      discarded === 1 ? "1 waiting report was discarded." : `${discarded} waiting reports were discarded.`,
    );
  if (change.farewell) did.push(FAREWELLS[change.farewell]);
  if (changed && !given)
    did.push(
      `${change.farewell === "waiting" ? "Apart from it nothing" : "Nothing"} is looked at or sent from now on.`,
    );
  return did.join("\n");
}

const FAREWELLS: Readonly<Record<NonNullable<ConsentChange["farewell"]>, string>> = {
  sent: "One last event was sent: that usage metrics were opted out of, and nothing else.",
  waiting:
    "One last event waits to be sent: that usage metrics were opted out of, and nothing else. It is tried for 30 days.",
  refused:
    "One last event, that usage metrics were opted out of, was refused by the collector: it is not sent again.",
};

function outcomeOf({ refused, waiting }: Delivery): "sent" | "waiting" | "refused" {
  if (waiting > 0) return "waiting";
  return refused > 0 ? "refused" : "sent";
}
