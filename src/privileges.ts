import { statSync } from "node:fs";

/** What of a process is used to give up root; only there on systems that have users. */
export interface Privileged {
  readonly getuid?: () => number;
  readonly getgroups?: () => number[];
  readonly setgroups?: (groups: number[]) => void;
  readonly setgid?: (id: number) => void;
  readonly setuid?: (id: number) => void;
}

export interface Belongings {
  readonly stateDir: string;
  /** Undefined when the engine is not behind a local socket. */
  readonly socketPath: string | undefined;
}

/**
 * Started as root, becomes the owner of the state's folder, and keeps nothing of root but the group that may use the
 * socket. Stays root where the folder is root's own, and where nobody else could use the socket.
 *
 * @returns why it is root still, for the log; undefined when it is not
 */
export function giveUpRoot(process: Privileged, { stateDir, socketPath }: Belongings): string | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const folder = lookAt(stateDir);
  if (!folder || folder.uid === 0) return `${stateDir} belongs to root`;
  const socket = socketPath === undefined ? undefined : lookAt(socketPath);
  if (socket && !isUsable(socket, folder.uid)) return "only root may use the Docker socket";
  try {
    process.setgroups?.(socket ? [socket.gid] : []);
    process.setgid?.(folder.gid);
    process.setuid?.(folder.uid);
    return undefined;
  } catch {
    return "the capabilities SETUID and SETGID are missing";
  }
}

interface Owned {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

function isUsable({ uid, mode }: Owned, asUid: number): boolean {
  return uid === asUid || (mode & 0o060) === 0o060 || (mode & 0o006) === 0o006;
}

function lookAt(path: string): Owned | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
