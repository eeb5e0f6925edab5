import type { CollectionSwitch } from "./collection-switch.ts";

/** May we report, and who said so? */
export interface Consent {
  readonly given: boolean;
  /** The end of the sentence "usage metrics are on/off: ...". */
  readonly because: string;
  /** Whether the environment decided: then neither a command nor the page can change it. */
  readonly fixed: boolean;
}

/** What an admin decided with a command or on the page. */
export interface StoredConsent {
  readonly given: boolean;
  readonly at: Date;
  readonly origin: ConsentOrigin;
}

export type ConsentOrigin = "command line" | "System Info page";

const BECAUSE: Readonly<Record<CollectionSwitch["decidedBy"], string>> = {
  default: "nobody turned them off",
  METRIC_COLLECTION: "METRIC_COLLECTION in the environment says so",
  DO_NOT_TRACK: "DO_NOT_TRACK in the environment says so",
};

/** Off wins: what the environment forbids nobody can allow, and an opt-out holds whatever the environment allows. */
export function consentOf(
  { on, decidedBy, problem }: CollectionSwitch,
  stored: StoredConsent | undefined,
  time: (instant: Date) => string,
): Consent {
  if (!on) return { given: false, because: problem ?? BECAUSE[decidedBy], fixed: true };
  if (!stored) return { given: true, because: BECAUSE[decidedBy], fixed: false };
  const { given, at, origin } = stored;
  const because = `opted ${given ? "in" : "out"} ${ORIGINS[origin]} at ${time(at)}`;
  return { given, because, fixed: false };
}

const ORIGINS: Readonly<Record<ConsentOrigin, string>> = {
  "command line": "on the command line",
  "System Info page": "on the System Info page",
};
