import { type HostInfo, text } from "../docker/container-facts.ts";
import { type Evidence, type EvidenceSource, weigh } from "./evidence.ts";
import type { InstallationSnapshot } from "./snapshot.ts";

export type HostFindings = Pick<InstallationSnapshot, "osVersion" | "kernelVersion" | "hardwarePlatform">;

/** A source of host facts; the sources come best first. */
export type HostSource = readonly [source: EvidenceSource, where: string, facts: Partial<HostInfo>];

/** Names that `uname -m` does not use, by those it does. */
const MACHINES = new Map([
  ["amd64", "x86_64"],
  ["x64", "x86_64"],
  ["arm64", "aarch64"],
]);

export function inferHost(sources: readonly HostSource[]): HostFindings {
  const ranked = (read: (facts: Partial<HostInfo>) => string | undefined): (Evidence | undefined)[] =>
    sources.map(([source, where, facts]) => {
      const value = read(facts);
      return value ? { source, where, value } : undefined;
    });
  return {
    osVersion: weigh(ranked(({ operatingSystem }) => operatingSystem && distribution(operatingSystem))),
    // A patch level of the distribution is no new kernel: 6.8.0-45-generic is 6.8.0.
    kernelVersion: weigh(
      ranked(({ kernelVersion }) => matching(/^\d[\w.+]{0,39}$/, kernelVersion?.split("-", 1)[0])),
    ),
    hardwarePlatform: weigh(
      ranked(({ architecture }) => matching(/^\w{1,16}$/, MACHINES.get(architecture ?? "") ?? architecture)),
    ),
  };
}

/** Undefined for a value that cannot be one: the host name of a build machine, say. */
function matching(pattern: RegExp, value: string | undefined): string | undefined {
  return value !== undefined && pattern.test(value) ? value : undefined;
}

/**
 * The engine says behind the name that it runs in a container itself, and "<unknown>" where it could not tell
 * (moby, daemon/info.go).
 */
function distribution(operatingSystem: string): string | undefined {
  const name = operatingSystem.replace(/(^| )\((containerized|error determining if containerized)\)$/, "");
  return name === "<unknown>" ? undefined : name;
}

/** PRETTY_NAME of an os-release file (freedesktop.org). */
export function osReleaseName(content: string): string | undefined {
  const match = /^PRETTY_NAME=(?:"([^"\n]{1,128})"|'([^'\n]{1,128})'|([^\s"']{1,128})[ \t]*$)/m.exec(content);
  return text(match?.[1] ?? match?.[2] ?? match?.[3]) || undefined;
}
