/** What tells a process which container it is in. */
export interface Surroundings {
  readonly hostname: string;
  /** Undefined when there is no such file. */
  readonly readText: (path: string) => string | undefined;
}

const CONTAINER_ID = /[/-]([0-9a-f]{64})(?=[/.\s]|$)/gm;

/**
 * The ids, whole or cut, that the container we run in may have; empty outside of a container. The host name is
 * the short id unless the admin chose another; the files that the engine mounts into a container and the cgroup
 * (v1) name the whole one.
 */
export function ownContainerIds({ hostname, readText }: Surroundings): string[] {
  const mounts = (readText("/proc/self/mountinfo") ?? "")
    .split("\n")
    .filter((line) => / \/etc\/(hostname|hosts|resolv\.conf) /.test(line));
  const places = [...mounts, readText("/proc/self/cgroup") ?? ""].join("\n");
  const ids = [...places.matchAll(CONTAINER_ID)].flatMap((it) => it[1] ?? []);
  return [...new Set([...ids, ...(/^[0-9a-f]{12}$/.test(hostname) ? [hostname] : [])])];
}
