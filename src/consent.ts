import type { CollectionSwitch } from "./config.ts";

/** May we report, and who said so? */
export interface Consent {
  readonly given: boolean;
  /** The end of the sentence "usage metrics are on/off: ...". */
  readonly because: string;
}

const BECAUSE: Readonly<Record<CollectionSwitch["decidedBy"], string>> = {
  default: "nobody turned them off",
  METRIC_COLLECTION: "METRIC_COLLECTION in the environment says so",
  DO_NOT_TRACK: "DO_NOT_TRACK in the environment says so",
};

export function consentOf({ on, decidedBy, problem }: CollectionSwitch): Consent {
  return { given: on, because: problem ?? BECAUSE[decidedBy] };
}
