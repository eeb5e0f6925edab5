import type { Server } from "node:http";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { type Consent, type ConsentOrigin, consentOf } from "./consent.ts";
import { type ConsentChange, changeConsent } from "./consent-change.ts";
import { type DaemonParts, runDaemon } from "./daemon.ts";
import type { PostReport } from "./delivery/collector.ts";
import { createOutbox, type Delivery } from "./delivery/outbox.ts";
import { createEngine, type Engine } from "./docker/engine.ts";
import { ownContainerIds, type Surroundings } from "./docker/own-container.ts";
import { type Diagnosis, diagnose } from "./doctor.ts";
import { type Explanation, explain } from "./explain.ts";
import { type Health, readHealth } from "./health.ts";
import { type HistoryEntry, readHistory } from "./history.ts";
import { createObserver, type Observation, type Observe } from "./installation/observe.ts";
import { localHostSources } from "./local-host.ts";
import type { Logger } from "./log.ts";
import { sayConsent, showNotice } from "./notice.ts";
import { type OffParts, stayOff } from "./off.ts";
import { createPass, type PassOutcome } from "./pass.ts";
import { type Preview, preview } from "./preview.ts";
import { type OpenState, openState, readState, StateError } from "./state/database.ts";
import type { State } from "./state/state.ts";
import { readStatus, type Status } from "./status.ts";
import { createSystemInfo } from "./system-info.ts";
import { type PageParts, type PageUse, pageServer, startPage } from "./web/listener.ts";
import { freshPageUrl } from "./web/page-url.ts";
import { type DrawnToken, drawWithHash } from "./web/token.ts";

/** Who the process is. */
export interface User {
  readonly uid: number;
  readonly gids: readonly number[];
  /** Why it is root, if it is. */
  readonly rootBecause?: string | undefined;
}

/** What the process edge hands in; tests hand in their own. */
export interface Edge {
  readonly version: string;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly log: Logger;
  readonly pid: number;
  readonly user: User;
  readonly surroundings: Surroundings;
  readonly engine?: Engine;
  readonly post?: PostReport;
  readonly openState?: OpenState;
  /** Called when the daemon has done something and rests again. */
  readonly tidyUp?: () => void;
  /** Draws the token of the page. */
  readonly drawToken?: () => Promise<DrawnToken>;
  /**
   * Goes on in the place of this process while the environment says off, and only the page may be asked for; port 0 is no
   * page. Returns where Node cannot do that, or `signal` has ended.
   */
  readonly rest?: (host: string, port: number, signal: AbortSignal) => Promise<void>;
}

/** The outcome of one pass and of the delivery after it; undefined where the environment turned the metrics off. */
export interface ReportResult {
  readonly pass: PassOutcome;
  readonly delivery: Delivery;
}

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
  /** The whole journal, and what waits; newest first. */
  history(): HistoryEntry[];
  /** Opts in or out, and delivers what that makes due. */
  changeConsent(given: boolean, origin: ConsentOrigin, signal: AbortSignal): Promise<ConsentChange>;
  /** A fresh link that signs in to the System Info page; the one before it does so no more. @throws with a hint */
  pageUrl(): string;
  health(): Health;
  /** The server of the System Info page, for somebody else to listen for it. */
  pageServer(signal: AbortSignal): Server;
  /** Serves the System Info page, if it is wanted, until `signal` ends. */
  servePage(signal: AbortSignal): Promise<void>;
  /** The last line of the daemon's log. */
  sayStopped(): void;
  /** Sends one body, and nothing else. */
  readonly post: PostReport;
}

/** Composes the program. Nothing is opened, asked or connected before a method is called. */
export function createApp(config: Config, edge: Edge): App {
  const { clock, log, random } = edge;
  const now = () => clock.now();
  const { siteId } = config.collector;
  const consentNow = (state?: Pick<State, "consent">): Consent =>
    consentOf(config.collection, state?.consent(), log.time);
  const open = () =>
    (edge.openState ?? openState)(config.stateDir, { now, onDamage: (message) => log.error(message) });

  /** What `use` makes of the stored state, if there is one. */
  function reading<T>(use: (state: State | undefined) => T): T {
    const state = readState(config.stateDir);
    try {
      return use(state);
    } finally {
      state?.close();
    }
  }

  const observer = (engine: Engine): Observe =>
    createObserver(engine, {
      project: config.installation.project,
      ownIds: ownContainerIds(edge.surroundings),
      configuredMethod: config.installation.method,
      localHost: (kernelWanted) => localHostSources(config.engine, edge.surroundings, kernelWanted),
    });
  const sayStopped = () => log.info("stopped");
  const engineFor = (signal?: AbortSignal) => edge.engine ?? createEngine(config.engine, signal);

  const collector = async () => {
    const { createCollector } = await import("./delivery/collector.ts");
    const { url, proxy } = config.collector;
    return createCollector({ url, proxyEnv: proxy, userAgent: `openwisp-metrics/${edge.version}`, now });
  };
  const post: PostReport = async (body, signal) => (await collector()).post(body, signal);
  const outboxOf = (state: State) => createOutbox({ state, post: edge.post ?? post, now, random, log });

  /** The chain from looking to sending, on an open state. */
  function assemble(state: State, signal: AbortSignal) {
    const engine = engineFor(signal);
    const pass = createPass({ observe: observer(engine), state, siteId, now, log });
    return { engine, pass, outbox: outboxOf(state) };
  }

  function daemonParts(): DaemonParts {
    const { heartbeat, settleMs } = config.schedule;
    const { stateDir } = config;
    const open = edge.openState ?? openState;
    const { pid, tidyUp = () => {} } = edge;
    return {
      heartbeat,
      settleMs,
      stateDir,
      openState: open,
      consentNow,
      assemble,
      clock,
      random,
      log,
      pid,
      tidyUp,
    };
  }

  /** What the System Info page needs; it tells of the installation also while usage metrics are off. */
  function pageParts(signal: AbortSignal): PageParts {
    const change = (given: boolean) => changeConsentOf(given, "System Info page", signal);
    const observe = observer(engineFor(signal));
    const healthy = () => readHealth(config.collection, config.stateDir, now());
    const { version } = edge;
    const parts = { config, version, clock, log, observe, consentNow, reading, open, healthy };
    const draw = edge.drawToken ?? (async () => drawWithHash());
    return createSystemInfo({ ...parts, changeConsent: change, draw });
  }

  async function servePage(signal: AbortSignal, onUse: (use: PageUse) => void = () => {}): Promise<void> {
    if (config.page.port > 0) await startPage({ ...pageParts(signal), onUse }, signal);
  }

  function offParts(signal: AbortSignal): OffParts {
    const { host, port, token, tokenFile } = config.page;
    const { rest } = edge;
    return {
      clock,
      servePage: (onUse) => servePage(signal, onUse),
      hasPage: port > 0,
      isTokenKept: () => (token ?? tokenFile ?? pageParts(signal).keys.tokenHash()) !== undefined,
      rest: rest && (() => rest(host, port, signal)),
    };
  }

  async function changeConsentOf(
    given: boolean,
    origin: ConsentOrigin,
    signal: AbortSignal,
  ): Promise<ConsentChange> {
    const state = open();
    try {
      const outbox = outboxOf(state);
      const isAllowed = config.collection.on;
      const decision = { given, at: now(), origin };
      return await changeConsent({ state, outbox, siteId, isAllowed, consentNow }, decision, signal);
    } finally {
      state.close();
    }
  }

  /** Whether the environment allows anything; if not, says so, and discards what waits. */
  function isAllowed(): boolean {
    const { on, problem } = config.collection;
    if (on) return true;
    sayConsent(consentNow(), log, problem ? "error" : "info");
    discardWaiting();
    return false;
  }

  /** What was found before the metrics were turned off is not sent after it, nor when they are on again. */
  function discardWaiting(): void {
    try {
      if (reading((state) => state?.queue().length ?? 0) === 0) return;
      const state = open();
      const count = state.discardQueue(now(), "usage metrics were turned off");
      state.close();
      log.info(`${count} waiting ${count === 1 ? "report is" : "reports are"} discarded`);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      log.warn(`${error.message}; nothing is sent either way`);
    }
  }

  return {
    async run(signal) {
      const { uid, rootBecause } = edge.user;
      log.info(
        `openwisp-metrics ${edge.version} starts as ${rootBecause ? `root: ${rootBecause}` : `uid ${uid}`}`,
      );
      if (isAllowed()) await Promise.all([runDaemon(daemonParts(), signal), servePage(signal)]);
      else {
        edge.tidyUp?.();
        await stayOff(offParts(signal), signal);
      }
      sayStopped();
    },

    sayStopped,
    servePage: (signal) => servePage(signal),
    pageServer: (signal) => pageServer(pageParts(signal), signal),

    async report(signal) {
      if (!isAllowed()) return undefined;
      const state = open();
      try {
        const consent = consentNow(state);
        const { pass, outbox } = assemble(state, signal);
        if (consent.given) showNotice(state, log);
        else sayConsent(consent, log);
        const outcome: PassOutcome = consent.given ? await pass(() => true) : { kind: "off" };
        return { pass: outcome, delivery: await outbox.deliver(signal, { regardless: true }) };
      } finally {
        state.close();
      }
    },

    async preview() {
      const observation = await observer(engineFor())();
      const state = readState(config.stateDir);
      try {
        return await preview(observation, state, siteId, now());
      } finally {
        state?.close();
      }
    },

    async explain() {
      const observation = await observer(engineFor())();
      if (observation.kind === "unknown") return observation;
      return { kind: "explained", explanation: explain(observation.snapshot, observation.hold) };
    },

    diagnose: () =>
      diagnose({
        engine: engineFor(),
        config,
        consent: storedConsent(),
        reach: async () => (await collector()).reach(),
        now,
        user: edge.user,
      }),

    changeConsent: changeConsentOf,

    pageUrl() {
      const state = open();
      try {
        return freshPageUrl(config.page, (hash) => state.setSetting("page token", hash));
      } finally {
        state.close();
      }
    },

    status: () =>
      reading((state) => {
        const consent = consentNow(state);
        return readStatus({ state, consent, heartbeat: config.schedule.heartbeat, now: now() });
      }),
    history: () => reading((state) => (state ? readHistory(state, new Date(0), now()) : [])),
    health: () => readHealth(config.collection, config.stateDir, now()),
    post,
  };

  /** As far as the state can tell. */
  function storedConsent(): Consent {
    try {
      return reading(consentNow);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      return consentNow();
    }
  }
}
