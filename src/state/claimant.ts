import { readlinkSync } from "node:fs";

/** Who has taken a report to send it. Containers have namespaces of their own for pids, in which theirs is often 1. */
export interface Claimant {
  /** Within which the pid means something. */
  readonly namespace: string;
  readonly pid: number;
  /** Tells a process from an earlier one with the same pid. */
  readonly run: string;
}

export const THIS_PROCESS: Claimant = {
  namespace: pidNamespace(),
  pid: process.pid,
  run: String(Math.random()),
};

export function toClaim({ namespace, pid, run }: Claimant): string {
  return `${namespace} ${pid} ${run}`;
}

/**
 * Whether whoever made a claim may still be at it. In our own namespace a claimant that is gone holds nothing, nor does
 * one with our own pid that was our predecessor; of another namespace nobody can know.
 */
export function isHeld(claim: string, me: Claimant): boolean {
  const [, namespace, pid, run] = /^(\S*) (\d+) (\S+)$/.exec(claim) ?? [];
  if (namespace !== me.namespace) return true;
  return Number(pid) === me.pid ? run === me.run : isAlive(Number(pid));
}

/** Whether a process of this id runs beside us. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** "pid:[4026531836]" on Linux; there is only one elsewhere. */
function pidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "pid";
  }
}
