import { decide } from "./installation/changes.ts";
import type { Hold, Observation } from "./installation/observe.ts";
import { inferredModules, versionsOf } from "./installation/snapshot.ts";
import { oldestTraceOf } from "./pass.ts";
import { buildBody } from "./report/events.ts";
import type { State } from "./state/state.ts";

/** The body that would be sent now, or why there is none. */
export type Preview =
  | { readonly kind: "body"; readonly body: string; readonly held: Hold | undefined }
  | { readonly kind: "unknown"; readonly reason: string; readonly hint: string };

const AGE_UNKNOWN: Preview = {
  kind: "unknown",
  reason: "the age of the installation cannot be read from the Docker Engine now",
  hint: "openwisp-metrics doctor shows what may be read; try again",
};

/** What a report of this moment would be: an Install, an Upgrade or else a Heartbeat, by the code that sends. */
export async function preview(
  observation: Observation,
  state: Pick<State, "baseline" | "setting"> | undefined,
  siteId: number,
  now: Date,
): Promise<Preview> {
  if (observation.kind === "unknown") return observation;
  const { snapshot, hold } = observation;
  const oldestTrace = await oldestTraceOf(observation, state);
  if (oldestTrace === "unknown") return AGE_UNKNOWN;
  const decision = decide({
    baseline: state?.baseline(),
    seen: versionsOf(snapshot),
    inferred: inferredModules(snapshot),
    heartbeatDue: true,
    now,
    oldestTrace,
  });
  const category = decision.kind === "report" ? decision.category : "Heartbeat";
  return { kind: "body", body: buildBody(category, snapshot, now, siteId), held: hold };
}
