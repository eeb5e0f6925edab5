import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Consent } from "./consent.ts";
import { type ConsentChange, describeChange } from "./consent-change.ts";
import { explain } from "./explain.ts";
import { readHistory } from "./history.ts";
import type { Observation, Observe } from "./installation/observe.ts";
import type { Logger } from "./log.ts";
import { preview } from "./preview.ts";
import { StateError } from "./state/database.ts";
import type { State } from "./state/state.ts";
import { type FolderProblem, folderProblem } from "./state/state-folder.ts";
import { isStorageError } from "./state/storage-error.ts";
import { readStatus, type Status } from "./status.ts";
import type { PageParts } from "./web/listener.ts";
import type { Condition, InstallationView, PageModel } from "./web/page-model.ts";

export interface SystemInfoParts {
  readonly config: Config;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly observe: Observe;
  readonly consentNow: (state: State | undefined) => Consent;
  /** Opens the stored state, if there is one, for what is made of it. @throws StateError */
  readonly reading: <T>(use: (state: State | undefined) => T) => T;
  /** @throws StateError */
  readonly open: () => State;
  readonly changeConsent: (given: boolean) => Promise<ConsentChange>;
  readonly healthy: PageParts["healthy"];
  readonly draw: PageParts["draw"];
}

const YEAR_MS = 366 * 24 * 60 * 60 * 1000;
/** How long an engine may take before the page is shown without it. */
const ENGINE_MS = 6_000;

const NO_ANSWER: Observation = {
  kind: "unknown",
  missing: "engine",
  reason: "the Docker Engine does not answer in time",
  hint: "openwisp-metrics doctor tells more; reload the page to try again",
};

/** An opt-out may be in the state that cannot be read. */
const UNKNOWN_CONSENT: Consent = {
  given: false,
  because: "the state cannot be used, and nothing is sent while it cannot",
  fixed: false,
};

/** What the System Info page shows and does; nothing is looked at before somebody asks for the page. */
export function createSystemInfo(parts: SystemInfoParts): PageParts {
  const { config, clock, log, observe, consentNow, reading, open } = parts;
  const siteId = config.collector.siteId;
  /** Stands in while the state cannot be written. */
  let drawnHash: string | undefined;

  async function observeInTime(): Promise<Observation> {
    const done = new AbortController();
    const tooSlow = clock.sleep(ENGINE_MS, done.signal).then(() => NO_ANSWER);
    return Promise.race([observe(), tooSlow]).finally(() => done.abort());
  }

  async function installationOf(observation: Observation): Promise<InstallationView> {
    if (observation.kind === "unknown") return observation;
    // A preview looks at the state, and may have to ask the engine.
    const state = readable(() =>
      reading((it) => it && { baseline: it.baseline(), seen: it.setting("seen before") }),
    );
    const stored = state && { baseline: () => state.baseline, setting: () => state.seen };
    const shown = await preview(observation, stored, siteId, clock.now());
    return {
      kind: "seen",
      explanation: explain(observation.snapshot, observation.hold),
      preview: shown.kind === "body" ? { body: shown.body, held: shown.held } : undefined,
    };
  }

  async function model(): Promise<PageModel> {
    const installation = await installationOf(await observeInTime());
    const now = clock.now();
    const stateProblem = problemOfState();
    const stored = readable(() =>
      reading((state) => {
        const consent = consentNow(state);
        const status = readStatus({ state, consent, heartbeat: config.schedule.heartbeat, now });
        const history = state ? readHistory(state, new Date(now.getTime() - YEAR_MS), now) : [];
        return { consent, status, history };
      }),
    );
    const unknown = config.collection.on ? UNKNOWN_CONSENT : consentNow(undefined);
    const { consent = unknown, status, history = [] } = stored ?? {};
    const condition = toCondition(status, stateProblem);
    return { now, version: parts.version, consent, installation, history, condition };
  }

  function problemOfState(): FolderProblem | undefined {
    try {
      return reading(() => folderProblem(config.stateDir));
    } catch (error) {
      if (error instanceof StateError) return error;
      throw error;
    }
  }

  return {
    settings: config.page,
    model,
    report: (id) => readable(() => reading((state) => state?.report(id)?.body)),
    setConsent: (given) =>
      parts.changeConsent(given).then(
        (change) => describeChange(given, change),
        (error) => {
          if (!(error instanceof StateError)) throw error;
          return `Nothing was changed: ${error.message}.`;
        },
      ),
    keys: {
      tokenHash: () => readable(() => reading((state) => state?.setting("page token"))) ?? drawnHash,
      setTokenHash(hash) {
        drawnHash = hash;
        readable(() => {
          const state = open();
          state.setSetting("page token", hash);
          state.close();
        });
      },
    },
    draw: parts.draw,
    healthy: parts.healthy,
    clock,
    log,
  };
}

/** Undefined while the state cannot be used: the page says so. */
function readable<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch (error) {
    if (error instanceof StateError || isStorageError(error)) return undefined;
    throw error;
  }
}

function toCondition(status: Status | undefined, stateProblem: FolderProblem | undefined): Condition {
  const date = (iso: string | null | undefined) => (iso ? new Date(iso) : undefined);
  const { collector } = status ?? {};
  return {
    collector: collector ? { answers: collector.answers, since: new Date(collector.since) } : undefined,
    nextHeartbeat: date(status?.nextHeartbeat),
    heartbeatSchedule: status?.heartbeatSchedule ?? undefined,
    lastLook: date(status?.lastLook),
    engineProblem: status?.problem ?? undefined,
    stateProblem: stateProblem && { message: stateProblem.message, hint: stateProblem.hint },
  };
}
