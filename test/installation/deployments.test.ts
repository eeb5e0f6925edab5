import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decide } from "../../src/installation/changes.ts";
import type { Finding } from "../../src/installation/evidence.ts";
import { createObserver, type Observation } from "../../src/installation/observe.ts";
import { inferredModules, versionsOf } from "../../src/installation/snapshot.ts";
import { type Deployment, dashboard, NOW, type Seen, USUAL, type Value } from "./deployments.ts";
import { engineOf } from "./deployments-engine.ts";
import { ENGINES } from "./deployments-engines.ts";
import { IMAGES } from "./deployments-images.ts";
import { MODULES } from "./deployments-modules.ts";
import { PROJECTS } from "./deployments-projects.ts";
import { REPORTS } from "./deployments-reports.ts";

const THEMES: Readonly<Record<string, readonly Deployment[]>> = {
  "which OpenWISP it is:": IMAGES,
  "which modules it has:": MODULES,
  "what the engine tells:": ENGINES,
  "which containers count:": PROJECTS,
  "what is reported:": REPORTS,
};

for (const [theme, deployments] of Object.entries(THEMES))
  describe(theme, () => {
    for (const deployment of deployments)
      test(deployment.what, async () => {
        const { containers = [dashboard()] } = deployment;
        // The order in which an engine lists containers means nothing.
        for (const listed of [containers, containers.toReversed()]) {
          const observe = observerOf({ ...deployment, containers: listed });
          const first = await observe();
          await compare(first, deployment);
          assert.deepEqual(comparable(await observe()), comparable(first), "a second look sees the same");
        }
      });
  });

function observerOf({ containers = [], engine, viewpoint = {} }: Deployment) {
  const own = containers.find(({ listed }) => String(listed.Names).includes(viewpoint.own ?? "nobody"));
  return createObserver(engineOf(containers, engine), {
    project: viewpoint.project,
    // As a container knows itself, by its host name.
    ownIds: own ? [String(own.listed.Id).slice(0, 12)] : [],
    configuredMethod: viewpoint.method,
    localHost: async () => [...(viewpoint.localHost ?? [])],
  });
}

async function compare(observation: Observation, deployment: Deployment): Promise<void> {
  const { expected } = deployment;
  if ("unknown" in expected) {
    assert.ok(observation.kind === "unknown", JSON.stringify(comparable(observation), undefined, 2));
    assert.equal(observation.missing, expected.unknown);
    assert.match(`${observation.reason}; ${observation.hint}`, expected.because);
    return;
  }
  assert.ok(observation.kind === "seen", JSON.stringify(observation));
  const { warnings: patterns, ...rest } = { ...USUAL, ...expected };
  const { warnings, ...seen } = await see(observation, deployment);
  assert.deepEqual(seen, rest);
  assert.deepEqual(Object.keys(seen.modules), Object.keys(rest.modules), "in the order of the report");
  assert.equal(warnings.length, patterns.length, `warnings: ${warnings.join(" | ")}`);
  for (const [index, pattern] of patterns.entries()) assert.match(warnings[index] ?? "", pattern);
}

/** Goes on as a pass does: what is held is not compared, and traces are asked for only without a baseline. */
async function see(
  { snapshot, hold, oldestTrace }: Extract<Observation, { kind: "seen" }>,
  { baseline, heartbeatDue = false }: Deployment,
): Promise<Omit<Seen, "warnings"> & { warnings: readonly string[] }> {
  const seen = versionsOf(snapshot);
  const trace = baseline ? undefined : await oldestTrace();
  assert.ok(trace !== "unknown");
  const decision = hold
    ? ({ kind: "nothing" } as const)
    : decide({
        baseline,
        seen,
        inferred: inferredModules(snapshot),
        heartbeatDue,
        now: NOW,
        oldestTrace: trace,
      });
  const isFirstSeen = decision.kind === "report" && decision.category === "Heartbeat" && decision.newBaseline;
  return {
    version: explained(snapshot.openwispVersion),
    modules: Object.fromEntries(
      Object.entries(snapshot.modules).map(([name, it]) => [
        name,
        explained(it) ?? "nothing from no evidence",
      ]),
    ),
    enabled: snapshot.enabledModules,
    method: explained(snapshot.installationMethod) ?? "nothing from no evidence",
    os: explained(snapshot.osVersion),
    kernel: explained(snapshot.kernelVersion),
    platform: explained(snapshot.hardwarePlatform),
    heldBack: snapshot.heldBack.map((it) => it.what),
    warnings: snapshot.warnings,
    hold,
    decision:
      decision.kind === "nothing" ? "nothing" : isFirstSeen ? "Heartbeat, first seen" : decision.category,
    changes: decision.kind === "report" && decision.category === "Upgrade" ? decision.why.split(", ") : [],
  };
}

function explained({ value, evidence: [won] }: Finding): Value | undefined {
  return value === undefined ? undefined : `${value} from ${won?.source ?? "no evidence"}`;
}

function comparable(observation: Observation): unknown {
  if (observation.kind === "unknown") return observation;
  const { oldestTrace: _, ...rest } = observation;
  return rest;
}
