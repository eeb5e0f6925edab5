import { gt, valid } from "@renovatebot/pep440";
import { MODULES } from "./modules.ts";
import type { Versions } from "./snapshot.ts";

export type Category = "Install" | "Upgrade" | "Heartbeat";

/** What is due, and whether what was seen becomes the baseline. */
export type Decision =
  | { readonly kind: "nothing" }
  | {
      readonly kind: "report";
      readonly category: Category;
      readonly newBaseline: boolean;
      readonly why: string;
    };

export interface Circumstances {
  /** The versions stored at the last Install or Upgrade. */
  readonly baseline: Versions | undefined;
  readonly seen: Versions;
  /** The names of the values that nobody stated: they are what the release usually has. */
  readonly inferred: ReadonlySet<string>;
  /** Whether a Heartbeat may go out: its slot has come. */
  readonly heartbeatDue: boolean;
  readonly now: Date;
  /** The oldest volume, network or container of the installation; only looked at without a baseline. */
  readonly oldestTrace: Date | undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Compared for being different, not newer. */
const HOST_VALUES = ["os_version", "kernel_version", "hardware_platform"];
const MODULE_NAMES = MODULES.map((it) => it.name);

/**
 * The rules of the events.
 *
 * - no baseline: Install; but an installation that is older than a day was there before us: Heartbeat
 * - a newer version (PEP 440), a new module, or another OS, kernel or platform: Upgrade
 * - anything else (older, gone, the same): Heartbeat when it is due; the baseline stays as it is
 *
 * A version that is merely inferred from the release is no difference within the same release.
 * A value that is unknown now is no difference, nor is one (other than a module) that was unknown then.
 */
export function decide({
  baseline,
  seen,
  inferred,
  heartbeatDue,
  now,
  oldestTrace,
}: Circumstances): Decision {
  if (!baseline) {
    if (oldestTrace && now.getTime() - oldestTrace.getTime() > DAY_MS)
      return {
        kind: "report",
        category: "Heartbeat",
        newBaseline: true,
        why: "first seen, installed before",
      };
    return { kind: "report", category: "Install", newBaseline: true, why: "first seen, newly installed" };
  }
  const changes = changesSince(baseline, seen, inferred);
  if (changes.length > 0)
    return { kind: "report", category: "Upgrade", newBaseline: true, why: changes.join(", ") };
  if (heartbeatDue) return { kind: "report", category: "Heartbeat", newBaseline: false, why: "nothing new" };
  return { kind: "nothing" };
}

/** What makes an Upgrade, for people: "openwisp-controller 1.2 → 1.2.3", "openwisp-radius is new". */
export function changesSince(baseline: Versions, seen: Versions, inferred: ReadonlySet<string>): string[] {
  const sameRelease = baseline["OpenWISP Version"] === seen["OpenWISP Version"];
  return Object.entries(seen).flatMap(([name, now]) => {
    const before = baseline[name];
    if (before === undefined) return MODULE_NAMES.includes(name) ? `${name} is new` : [];
    // Somebody stated another version before the right to read it was lost: no upgrade of this release.
    if (sameRelease && inferred.has(name)) return [];
    const differs = HOST_VALUES.includes(name) ? now !== before : isNewer(now, before);
    return differs ? `${name} ${before} → ${now}` : [];
  });
}

function isNewer(version: string, than: string): boolean {
  return Boolean(valid(version) && valid(than)) && gt(version, than);
}
