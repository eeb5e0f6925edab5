import { hostname } from "node:os";

/** Who has taken a report to send it. In a container the host name is the container's, and the pid often 1. */
export interface Claimant {
  readonly host: string;
  readonly pid: number;
  /** Tells a process from an earlier one with the same pid. */
  readonly run: string;
}

export const THIS_PROCESS: Claimant = {
  host: hostname(),
  pid: process.pid,
  run: String(Math.random()),
};

export function toClaim({ host, pid, run }: Claimant): string {
  return `${host} ${pid} ${run}`;
}

/**
 * Whether whoever made a claim may still be at it. On the same host a claimant that is gone holds nothing, nor does one
 * with our own pid that was our predecessor; of another host nobody can know.
 */
export function isHeld(claim: string, me: Claimant): boolean {
  const [, host, pid, run] = /^(.*) (\d+) (\S+)$/.exec(claim) ?? [];
  if (host !== me.host) return true;
  return Number(pid) === me.pid ? run === me.run : isAlive(Number(pid));
}

/** Whether a process of this id runs on this host. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
