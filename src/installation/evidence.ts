import { valid } from "@renovatebot/pep440";

/** One thing that was read and that says something about a value. */
export interface Evidence {
  readonly source: EvidenceSource;
  /** What may be reported on the strength of it. */
  readonly value: string;
  /** For people: which label, file or tag it was. */
  readonly where: string;
  /** What it literally said, where that is not `value`: shown locally, never sent. */
  readonly said?: string;
}

export type EvidenceSource =
  | "configuration"
  | "label"
  | "VERSION file"
  | "release tag"
  | "__openwisp_version__"
  | "image version label"
  | "METADATA"
  | "version tuple"
  | "table of releases"
  | "__openwisp_installation_method__"
  | "image names"
  | "engine info"
  | "engine version"
  | "os-release of the host"
  | "this host"
  | "no evidence";

/** A value with what speaks for it; `evidence[0]` won, the others had their say. Without evidence it is unknown. */
export interface Finding {
  readonly value: string | undefined;
  readonly evidence: readonly Evidence[];
}

/** Takes evidence ranked best first, gaps allowed. */
export function weigh(ranked: readonly (Evidence | undefined)[]): Finding {
  const evidence = ranked.filter((it) => it !== undefined);
  return { value: evidence[0]?.value, evidence };
}

/** Evidence that is knowledge about releases, and not about this installation. */
const INFERRING: readonly EvidenceSource[] = [
  "table of releases",
  "version tuple",
  "image names",
  "no evidence",
];

/** Whether a value was concluded from knowledge about releases, for want of something that states it. */
export function isInferred({ evidence: [won] }: Finding): boolean {
  return won !== undefined && INFERRING.includes(won.source);
}

/** PEP 440 allows more: an epoch, any number of parts and long numbers, in which anything could be said. */
const USUAL_VERSION =
  /^\d{1,4}(\.\d{1,4}){0,3}([._-]?(a|alpha|b|beta|c|rc)[._-]?\d{0,4})?([._-]?post[._-]?\d{0,4})?([._-]?dev[._-]?\d{0,8})?$/i;

/** Evidence of a version: PEP 440 only, and without a local suffix (`1.2.3+acme`), which could name its maker. */
export function versionEvidence(
  source: EvidenceSource,
  said: string | undefined,
  where: string,
): Evidence | undefined {
  const stated = said?.trim();
  if (!stated || stated.length > 64 || !valid(stated)) return undefined;
  const value = stated.replace(/^v/i, "").replace(/\+.*$/, "");
  if (!USUAL_VERSION.test(value)) return undefined;
  return { source, value, where, ...(value !== stated && { said: stated }) };
}
