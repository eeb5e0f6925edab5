import { hostname } from "node:os";

/** Who has taken a report to send it. In a container the host name is the container's, and the pid often 1. */
export interface Claimant {
  readonly host: string;
  readonly pid: number;
}

export const THIS_PROCESS: Claimant = { host: hostname(), pid: process.pid };

/**
 * Whether a claim ("host pid") is somebody else's who may still be at it. On the same host a claimant that is gone
 * holds nothing, and one with our own pid was our predecessor; of another host nobody can know.
 */
export function isHeldByAnother(claim: string, me: Claimant): boolean {
  const [, host, pid] = /^(.*) (\d+)$/.exec(claim) ?? [];
  if (host !== me.host) return true;
  return Number(pid) !== me.pid && isAlive(Number(pid));
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
