import type { Category } from "../../src/installation/changes.ts";
import type { Finding } from "../../src/installation/evidence.ts";
import { type InstallationSnapshot, versionsOf } from "../../src/installation/snapshot.ts";
import { buildBody, buildFarewell } from "../../src/report/events.ts";
import { openState } from "../../src/state/database.ts";
import type { State } from "../../src/state/state.ts";
import { CONTENTS } from "./miniature.ts";

const SITE_ID = 5;
const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;
/** The daily slot was so long ago; the next one is as far away as the day has hours left. */
const SLOT_AGO_MS = 17 * HOUR_MS;
const SENT = "HTTP 204";

/** What happened so many days ago that does not happen every day. */
const STORY: Readonly<Record<number, (day: Day) => void>> = {
  335: (day) => day.report("Install", "25.10.2", [SENT]),
  ...each([290, 289, 288], () => {}),
  ...each([262, 261, 260], (day) => day.heartbeat(["connection refused", "no answer in time", "HTTP 503"])),
  259: (day) => day.heartbeat(["HTTP 503", "HTTP 503", SENT]),
  221: (day) => {
    day.heartbeat([SENT]);
    day.report("Upgrade", "25.10.3", [SENT]);
  },
  205: (day) => day.heartbeat(["HTTP 400: unknown property"]),
  160: (day) => day.optOut(),
  ...each([159, 158, 157, 156, 155, 154, 153, 152, 151, 150, 149], () => {}),
  148: (day) => day.optIn(),
  96: () => {},
  58: (day) => {
    day.heartbeat([SENT]);
    day.report("Upgrade", "25.10.4", ["connection reset", SENT]);
  },
  20: (day) => day.heartbeat(["HTTP 429", "HTTP 429", "HTTP 503", SENT]),
};

interface Day {
  heartbeat(outcomes: readonly string[]): void;
  /** Some hours after the heartbeat's slot; the last outcome settles it, unless it is one of a failure that passes. */
  report(category: Category, release: string, outcomes: readonly string[]): void;
  optOut(): void;
  optIn(): void;
}

/**
 * Makes the state of a sidecar that has reported for eleven months what a miniature of 25.10.4 is: daily heartbeats with
 * gaps and failures, an Install and two Upgrades, an opt-out and the opt-in after it. The next heartbeat is due seven
 * hours after `now`, when the time zone of the program is UTC.
 */
export function fillPast(directory: string, now: Date): void {
  const state = openState(directory, { now: () => now });
  const slot = new Date(now.getTime() - SLOT_AGO_MS);
  state.setSetting("heartbeat schedule", `${slot.getUTCMinutes()} ${slot.getUTCHours()} * * *`);
  state.setSetting("notice shown", "yes");
  slot.setUTCSeconds(0, 0);
  let release = "25.10.2";
  for (let ago = 335; ago >= 0; ago--) {
    const at = new Date(slot.getTime() - ago * DAY_MS);
    const later = new Date(at.getTime() + 5 * HOUR_MS);
    const day: Day = {
      heartbeat: (outcomes) => send(state, "Heartbeat", release, at, outcomes),
      report(category, next, outcomes) {
        release = next;
        send(state, category, release, later, outcomes);
      },
      optOut() {
        const farewell = { category: "Consent Withdrawn", body: buildFarewell(later, SITE_ID) } as const;
        const decision = { given: false, at: later, origin: "command line" } as const;
        state.decideConsent(decision, { ...farewell, observedAt: later });
        attempt(state, later, [SENT]);
      },
      optIn: () =>
        void state.decideConsent({ given: true, at: later, origin: "System Info page" }, undefined),
    };
    const happens = STORY[ago] ?? (() => day.heartbeat([SENT]));
    happens(day);
  }
  state.close();
}

function send(
  state: State,
  category: Category,
  release: string,
  observedAt: Date,
  outcomes: readonly string[],
) {
  const snapshot = snapshotOf(release);
  const body = buildBody(category, snapshot, observedAt, SITE_ID);
  const baseline = category === "Heartbeat" ? undefined : versionsOf(snapshot);
  state.record(() => ({ report: { category, body, observedAt }, baseline }));
  attempt(state, observedAt, outcomes);
}

/** Attempts the last report; one in vain is followed by another after a while. */
function attempt(state: State, from: Date, outcomes: readonly string[]): void {
  const id = state.lastReport()?.id ?? 0;
  for (const [index, outcome] of outcomes.entries()) {
    const at = new Date(from.getTime() + 2 * SECOND_MS + index * 2 * HOUR_MS);
    const before = state.collector();
    if (outcome === SENT) state.settle(id, "delivered", { at, outcome });
    else if (outcome.startsWith("HTTP 400")) state.settle(id, "refused", { at, outcome });
    else
      state.postpone(
        id,
        { at, outcome },
        {
          answers: false,
          since: before?.answers === false ? before.since : at,
          failures: (before?.failures ?? 0) + 1,
          nextAttemptAt: new Date(at.getTime() + 2 * HOUR_MS),
        },
      );
  }
}

function snapshotOf(release: string): InstallationSnapshot {
  const modules = Object.entries(CONTENTS[release]?.versions ?? {});
  return {
    openwispVersion: known(release),
    modules: Object.fromEntries(modules.map(([name, version]) => [name, known(version)])),
    osVersion: known("Debian GNU/Linux 12 (bookworm)"),
    kernelVersion: known("6.1.0"),
    hardwarePlatform: known("x86_64"),
    installationMethod: known("docker-openwisp"),
    enabledModules: "INSTALLED_APPS",
    heldBack: [],
    warnings: [],
  };
}

function known(value: string): Finding {
  return { value, evidence: [] };
}

function each(days: readonly number[], happens: (day: Day) => void): Record<number, (day: Day) => void> {
  return Object.fromEntries(days.map((it) => [it, happens]));
}
