import { type Finding, isInferred } from "./evidence.ts";

/** What is installed, every value with its evidence. */
export interface InstallationSnapshot {
  readonly openwispVersion: Finding;
  /** By distribution name, in the order of the report; enabled modules only. */
  readonly modules: Readonly<Record<string, Finding>>;
  readonly osVersion: Finding;
  readonly kernelVersion: Finding;
  readonly hardwarePlatform: Finding;
  readonly installationMethod: Finding;
  /** Where it was read which modules are enabled. */
  readonly enabledModules: "INSTALLED_APPS" | "usual list";
  /** What was found and is not sent. Shown here only. */
  readonly heldBack: readonly HeldBack[];
  /** For people, each one sentence. */
  readonly warnings: readonly string[];
}

export interface HeldBack {
  readonly what: string;
  readonly why: string;
}

/** The known values by the name they are reported under, in the order of the report. */
export type Versions = Readonly<Record<string, string>>;

/** What is compared with, and stored as, the baseline. A value that is unknown is not in it. */
export function versionsOf(snapshot: InstallationSnapshot): Versions {
  const findings: Record<string, Finding> = {
    ...snapshot.modules,
    "OpenWISP Version": snapshot.openwispVersion,
    os_version: snapshot.osVersion,
    kernel_version: snapshot.kernelVersion,
    hardware_platform: snapshot.hardwarePlatform,
  };
  const versions: Record<string, string> = {};
  for (const [name, { value }] of Object.entries(findings)) if (value) versions[name] = value;
  return versions;
}

/** The modules whose version nobody stated. */
export function inferredModules({ modules }: InstallationSnapshot): ReadonlySet<string> {
  return new Set(Object.keys(modules).filter((name) => modules[name] && isInferred(modules[name])));
}
