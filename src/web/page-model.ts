import type { Consent } from "../consent.ts";
import type { Explanation } from "../explain.ts";
import type { HistoryEntry } from "../history.ts";
import type { Hold } from "../installation/observe.ts";

/** All that the page shows, gathered anew for each request. Texts may hold what a sibling container wrote: escape. */
export interface PageModel {
  readonly now: Date;
  /** Of openwisp-metrics. */
  readonly version: string;
  readonly consent: Consent;
  readonly installation: InstallationView;
  /** The last 12 months, newest first. */
  readonly history: readonly HistoryEntry[];
  readonly condition: Condition;
}

export type InstallationView =
  | { readonly kind: "seen"; readonly explanation: Explanation; readonly preview: PagePreview | undefined }
  /** `missing` tells an engine that cannot be reached from an OpenWISP that does not run. */
  | {
      readonly kind: "unknown";
      readonly missing: "engine" | "openwisp";
      readonly reason: string;
      readonly hint: string;
    };

/** What would be sent now. */
export interface PagePreview {
  readonly body: string;
  /** Why it is not sent, if so. */
  readonly held: Hold | undefined;
}

export interface Condition {
  /** Undefined as long as nothing was sent. */
  readonly collector: { readonly answers: boolean; readonly since: Date } | undefined;
  readonly nextHeartbeat: Date | undefined;
  /** A cron expression. */
  readonly heartbeatSchedule: string | undefined;
  readonly lastLook: Date | undefined;
  /** Why the engine could not be asked at the daemon's last look. */
  readonly engineProblem: string | undefined;
  /** Why nothing can be stored, with the lines that help; nothing is sent then. */
  readonly stateProblem: { readonly message: string; readonly hint: string } | undefined;
}
