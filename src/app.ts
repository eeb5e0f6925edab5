import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { consentOf } from "./consent.ts";
import { runDaemon } from "./daemon.ts";
import { createCollector, type PostReport } from "./delivery/collector.ts";
import { createOutbox, type Delivery } from "./delivery/outbox.ts";
import { createEngine, type Engine } from "./docker/engine.ts";
import { ownContainerIds, type Surroundings } from "./docker/own-container.ts";
import { type Diagnosis, diagnose } from "./doctor.ts";
import { type Explanation, explain } from "./explain.ts";
import { type Health, health } from "./health.ts";
import { decide } from "./installation/changes.ts";
import { createObserver, type Hold, type Observation, type Observe } from "./installation/observe.ts";
import { inferredModules, versionsOf } from "./installation/snapshot.ts";
import { localHostSources } from "./local-host.ts";
import type { Logger } from "./log.ts";
import { mayGoOn, showNotice } from "./notice.ts";
import { createPass, type PassOutcome } from "./pass.ts";
import { buildBody } from "./report/events.ts";
import { openState, readState, type State, StateError } from "./state/database.ts";
import { readStatus, type Status } from "./status.ts";

/** What the process edge hands in; tests hand in their own. */
export interface Edge {
  readonly version: string;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly log: Logger;
  readonly pid: number;
  readonly user: { readonly uid: number; readonly gids: readonly number[] };
  readonly surroundings: Surroundings;
  readonly engine?: Engine;
  readonly post?: PostReport;
}

/** The outcome of one pass and of the delivery after it; undefined where usage metrics are off. */
export interface ReportResult {
  readonly pass: PassOutcome;
  readonly delivery: Delivery;
}

/** A preview: the body that would be sent now, or why there is none. */
export type Preview =
  | { readonly kind: "body"; readonly body: string; readonly held: Hold | undefined }
  | { readonly kind: "unknown"; readonly reason: string; readonly hint: string };

export interface App {
  /** The daemon: ends when `signal` does. */
  run(signal: AbortSignal): Promise<void>;
  report(signal: AbortSignal): Promise<ReportResult | undefined>;
  preview(): Promise<Preview>;
  /** Which evidence gave each value. */
  explain(): Promise<
    | { readonly kind: "explained"; readonly explanation: Explanation }
    | Extract<Observation, { kind: "unknown" }>
  >;
  /** What may be reached and what not. */
  diagnose(): Promise<Diagnosis>;
  status(): Status;
  health(): Health;
}

const AGE_UNKNOWN: Preview = {
  kind: "unknown",
  reason: "the age of the installation cannot be read from the Docker Engine now",
  hint: "openwisp-metrics doctor shows what may be read; try again",
};

const MAX_TIMER_MS = 2 ** 31 - 1;

/** Composes the program. Nothing is opened, asked or connected before a method is called. */
export function createApp(config: Config, edge: Edge): App {
  const { clock, log, random } = edge;
  const now = () => clock.now();
  const consent = consentOf(config.collection);

  const observer = (engine: Engine): Observe =>
    createObserver(engine, {
      project: config.installation.project,
      ownIds: ownContainerIds(edge.surroundings),
      configuredMethod: config.installation.method,
      localHost: (kernelWanted) => localHostSources(config.engine, edge.surroundings, kernelWanted),
    });
  const engineFor = (signal?: AbortSignal) => edge.engine ?? createEngine(config.engine, signal);

  const collector = () =>
    createCollector(config.collector.url, config.collector.proxy, `openwisp-metrics/${edge.version}`);

  /** The chain from looking to sending, on an open state. */
  function assemble(state: State, signal: AbortSignal) {
    const engine = engineFor(signal);
    const { siteId } = config.collector;
    return {
      engine,
      pass: createPass({ observe: observer(engine), state, siteId, now, log }),
      outbox: createOutbox({ state, post: edge.post ?? collector().post, now, random, log }),
    };
  }

  /** What was found before the opt-out is not sent after it, nor when the metrics are on again. */
  function discardWaiting(): void {
    try {
      const waiting = readState(config.stateDir);
      const count = waiting?.queue().length ?? 0;
      waiting?.close();
      if (count === 0) return;
      const state = openState(config.stateDir);
      state.discardQueue(now(), "usage metrics were turned off");
      state.close();
      log.info(`${count} waiting ${count === 1 ? "report is" : "reports are"} discarded`);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      log.warn(`${error.message}; nothing is sent either way`);
    }
  }

  return {
    async run(signal) {
      log.info(`openwisp-metrics ${edge.version} starts`);
      const { schedule, stateDir } = config;
      const parts = { ...schedule, stateDir, assemble, clock, random, log, pid: edge.pid };
      if (mayGoOn(consent, config.collection, log)) await runDaemon(parts, signal);
      else {
        discardWaiting();
        await idle(clock, signal);
      }
      log.info("stopped");
    },

    async report(signal) {
      if (!mayGoOn(consent, config.collection, log)) {
        discardWaiting();
        return undefined;
      }
      const state = openState(config.stateDir);
      try {
        showNotice(state, log);
        const { pass, outbox } = assemble(state, signal);
        const outcome = await pass(() => true);
        return { pass: outcome, delivery: await outbox.deliver(signal, { regardless: true }) };
      } finally {
        state.close();
      }
    },

    async preview() {
      const observation = await observer(engineFor())();
      if (observation.kind === "unknown") return observation;
      const { snapshot, hold } = observation;
      const state = readState(config.stateDir);
      const baseline = state?.baseline();
      state?.close();
      const oldestTrace = baseline ? undefined : await observation.oldestTrace();
      if (oldestTrace === "unknown") return AGE_UNKNOWN;
      const decision = decide({
        baseline,
        seen: versionsOf(snapshot),
        inferred: inferredModules(snapshot),
        heartbeatDue: true,
        now: now(),
        oldestTrace,
      });
      const category = decision.kind === "report" ? decision.category : "Heartbeat";
      return {
        kind: "body",
        body: buildBody(category, snapshot, now(), config.collector.siteId),
        held: hold,
      };
    },

    async explain() {
      const observation = await observer(engineFor())();
      if (observation.kind === "unknown") return observation;
      return { kind: "explained", explanation: explain(observation.snapshot, observation.hold) };
    },

    diagnose: () =>
      diagnose({ engine: engineFor(), config, consent, reach: collector().reach, now, user: edge.user }),

    status: () => readStatus(config, consent, now()),
    health: () => health(config, consent, now()),
  };
}

/** Stays up with nothing to do until it is stopped: a process that ended would be started again by its restart policy. */
async function idle(clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await clock.sleep(MAX_TIMER_MS, signal);
}
