import { type Category, type Circumstances, decide } from "./installation/changes.ts";
import { HAND_OVER } from "./installation/hand-over.ts";
import type { Hold, Observation } from "./installation/observe.ts";
import { type InstallationSnapshot, inferredModules, versionsOf } from "./installation/snapshot.ts";
import type { Logger } from "./log.ts";
import { buildBody } from "./report/events.ts";
import type { State } from "./state/state.ts";

export interface PassParts {
  readonly observe: () => Promise<Observation>;
  readonly state: Pick<State, "record" | "baseline" | "consent" | "setting">;
  readonly siteId: number;
  readonly now: () => Date;
  readonly log: Logger;
}

export type PassOutcome =
  | { readonly kind: "unknown"; readonly missing: "engine" | "openwisp"; readonly reason: string }
  | { readonly kind: "held"; readonly hold: Hold }
  | { readonly kind: "nothing due" }
  /** The admin opted out meanwhile. */
  | { readonly kind: "off" }
  | { readonly kind: "queued"; readonly category: Category };

/** One pass: look, compare, queue. What is as it was the time before is not logged again. */
export type Pass = (isHeartbeatDue: () => boolean) => Promise<PassOutcome>;

export function createPass({ observe, state, siteId, now, log }: PassParts): Pass {
  let said: string | undefined;

  function sayOnce(message: string, level: "info" | "warn" = "info"): void {
    if (message !== said) log[level](message);
    said = message;
  }

  return async (isHeartbeatDue) => {
    const observation = await observe();
    if (observation.kind === "unknown") {
      sayOnce(`${observation.reason}; ${observation.hint}`, "warn");
      return observation;
    }
    const { snapshot, hold } = observation;
    if (hold) {
      sayOnce(HOLD_NOTICES[hold]);
      return { kind: "held", hold };
    }
    sayOnce(summary(snapshot));
    const oldestTrace = await oldestTraceOf(observation, state);
    if (oldestTrace === "unknown") {
      sayOnce(
        "the age of the installation cannot be read from the Docker Engine now; it is tried again",
        "warn",
      );
      return { kind: "unknown", missing: "engine", reason: "the Docker Engine went away" };
    }
    const observedAt = now();
    const seen = versionsOf(snapshot);
    let isOff = false;
    const recorded = state.record((baseline) => {
      isOff = state.consent()?.given === false;
      if (isOff) return undefined;
      const circumstances: Circumstances = {
        baseline,
        seen,
        inferred: inferredModules(snapshot),
        heartbeatDue: isHeartbeatDue(),
        now: observedAt,
        oldestTrace,
      };
      const decision = decide(circumstances);
      if (decision.kind === "nothing") return undefined;
      const { category, why } = decision;
      const report = { category, observedAt, body: buildBody(category, snapshot, observedAt, siteId) };
      return { report, why, baseline: decision.newBaseline ? seen : undefined };
    });
    if (!recorded) return { kind: isOff ? "off" : "nothing due" };
    log.info(`${recorded.report.category} (${recorded.why})`);
    return { kind: "queued", category: recorded.report.category };
  };
}

/** A damaged state was replaced: that it knows of no Install does not mean that there was none. */
const LONG_AGO = new Date(0);

/** Since when the installation exists; only looked for as long as there is no baseline. */
export async function oldestTraceOf(
  observation: Extract<Observation, { kind: "seen" }>,
  state: Pick<State, "baseline" | "setting"> | undefined,
): Promise<Date | undefined | "unknown"> {
  if (state?.baseline()) return undefined;
  return state?.setting("seen before") ? LONG_AGO : observation.oldestTrace();
}

/** What was found, in one line, with a further line for each thing to know about it. */
function summary(snapshot: InstallationSnapshot): string {
  const { modules, openwispVersion, installationMethod, osVersion, kernelVersion, hardwarePlatform } =
    snapshot;
  const list = Object.entries(modules).map(([name, { value }]) => `${name} ${value}`);
  const line = [
    `found OpenWISP ${openwispVersion.value ?? "(version unknown)"}`,
    `${list.length} modules (${list.join(", ")})`,
    installationMethod.value,
    osVersion.value,
    kernelVersion.value && `kernel ${kernelVersion.value}`,
    hardwarePlatform.value,
  ];
  return [line.filter(Boolean).join("; "), ...[...notes(snapshot)].map((it) => `note: ${it}`)].join("\n");
}

function* notes(snapshot: InstallationSnapshot): Iterable<string> {
  const { warnings, heldBack } = snapshot;
  yield* warnings;
  if (inferredModules(snapshot).size > 0)
    yield "some versions are inferred from the release; openwisp-metrics explain shows which";
  if (heldBack.length > 0)
    yield `${heldBack.length} found but held back, not sent; openwisp-metrics explain shows what`;
}

const HOLD_NOTICES: Readonly<Record<Hold, string>> = {
  development: "this is a development installation (DEBUG_MODE is on): nothing is reported",
  "standing by": [
    "standing by: OpenWISP's own collector is switched on in celerybeat and already reports, so nothing is sent from here.",
    "To let this container report instead, put this into docker-compose.override.yml and run docker compose up -d:",
    HAND_OVER,
  ].join("\n"),
};
