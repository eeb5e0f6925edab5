import { type Evidence, type Finding, isInferred } from "./installation/evidence.ts";
import type { Hold } from "./installation/observe.ts";
import type { HeldBack, InstallationSnapshot } from "./installation/snapshot.ts";
import { row } from "./terminal.ts";

/** Which evidence gave each value. `--json` prints it as it is. */
export interface Explanation {
  readonly values: readonly ExplainedValue[];
  /** Where it was read which modules are enabled. */
  readonly enabledModules: InstallationSnapshot["enabledModules"];
  /** Found, shown here, never sent. */
  readonly heldBack: readonly HeldBack[];
  readonly warnings: readonly string[];
  /** Why nothing is reported, if so. */
  readonly hold: Hold | null;
}

export interface ExplainedValue {
  readonly name: string;
  /** Null when it is unknown, which means that it is not sent. */
  readonly value: string | null;
  /** Whether it was concluded from something else than the installation itself. */
  readonly inferred: boolean;
  /** The evidence that won, then the others in their order. */
  readonly evidence: readonly Evidence[];
}

export function explain(snapshot: InstallationSnapshot, hold: Hold | undefined): Explanation {
  const findings: Record<string, Finding> = {
    "OpenWISP Version": snapshot.openwispVersion,
    ...snapshot.modules,
    os_version: snapshot.osVersion,
    kernel_version: snapshot.kernelVersion,
    hardware_platform: snapshot.hardwarePlatform,
    "Installation Method": snapshot.installationMethod,
  };
  return {
    values: Object.entries(findings).map(([name, finding]) => ({
      name,
      value: finding.value ?? null,
      inferred: isInferred(finding),
      evidence: finding.evidence,
    })),
    enabledModules: snapshot.enabledModules,
    heldBack: snapshot.heldBack,
    warnings: snapshot.warnings,
    hold: hold ?? null,
  };
}

/** A table of two columns: what won ("from"), what agrees ("and"), what says something else ("but"). */
export function formatExplanation(explanation: Explanation): string {
  const isFromApps = explanation.enabledModules === "INSTALLED_APPS";
  const enabled = isFromApps ? "those of INSTALLED_APPS" : "usual ones (inferred)";
  const lines = [
    ...explanation.values.flatMap(({ name, value, inferred, evidence }) => [
      line(name, `${value ?? "unknown, not sent"}${inferred ? " (inferred)" : ""}`),
      ...evidence.map((it, index) => evidenceRow(it, index === 0, value)),
    ]),
    line("Enabled modules", `${enabled}, less the switches`),
    ...explanation.heldBack.flatMap(({ what, why }) => [line("Held back", what), line("", why)]),
    ...explanation.warnings.flatMap((it) => [line("Note", ""), `  ${it}`]),
  ];
  if (explanation.hold) lines.push(line("Nothing is reported", explanation.hold));
  return lines.join("\n");
}

function evidenceRow({ source, value, where, said }: Evidence, won: boolean, final: string | null): string {
  const place = where.replace(/^.*\/site-packages\//, "");
  if (won) return line(`  from ${source}`, said === undefined ? place : `${place} says ${said}`);
  const heard = said ?? value;
  return line(`  ${heard === final ? "and" : "but"}  ${source}`, `${heard} (${place})`);
}

function line(title: string, text: string): string {
  return row(title, text, 29);
}
