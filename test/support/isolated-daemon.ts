/**
 * A daemon with a network, mounts and processes of its own: it takes nothing away from another one beside it (dockerd
 * even removes the bridge of the other), and nothing of it outlives it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "./real-engine.ts";

export interface IsolatedDaemon {
  /** As in DOCKER_HOST. */
  readonly host: string;
  /** Stops the daemon and leaves nothing of it. */
  stop(): Promise<void>;
}

// Inside, the first process of the new namespaces: when it ends, so does all that the daemon started. The daemon
// lives until our end of the standard input closes, which also happens when we are killed.
const inside = `
for it in /run /dev/shm /var/lib/cni; do [ -d $it ] && mount -t tmpfs none $it; done
"$@" >"$0/log" 2>&1 3<&- &
daemon=$!
{ read -r _ <&3; kill $daemon; sleep 15; kill -9 $daemon; } >/dev/null 2>&1 &
wait $daemon
`;
// Podman leaves empty control groups; those in use cannot be removed.
// $0 is the folder; the last words are printed for whoever still listens.
const keeper = `
unshare --net --mount --pid --fork --kill-child --mount-proc sh -c "$INSIDE" "$0" "$@" 3<&0 </dev/null
find /sys/fs/cgroup -depth -type d -path "*/libpod_parent*" -exec rmdir {} + 2>/dev/null
tail -n 2 "$0/log"
rm -rf "$0"
`;

/**
 * Starts what `command` makes of a new folder, to listen at `docker.sock` in it, and waits until it answers.
 *
 * @throws with the daemon's last words when it does not run
 */
export async function startIsolatedDaemon(
  command: (folder: string) => string[],
  env: Record<string, string> = {},
): Promise<IsolatedDaemon> {
  const folder = await mkdtemp(join(tmpdir(), "openwisp-metrics-daemon-"));
  const host = `unix://${join(folder, "docker.sock")}`;
  // Detached, or Ctrl-C would end the keeper before its work is done.
  const child = spawn("sh", ["-c", keeper, folder, ...command(folder)], {
    detached: true,
    env: { ...process.env, ...env, INSIDE: inside },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let lastWords = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    lastWords += text;
  });
  const closed = once(child, "close");
  for (const handle of [child, child.stdin as Socket, child.stdout as Socket]) handle.unref();
  const stop = async () => {
    child.ref();
    child.stdin.end();
    await closed;
  };
  if (await answers(host, child)) return { host, stop };
  await stop();
  throw new Error(lastWords.trim() || "no answer within half a minute");
}

async function answers(host: string, child: ChildProcess): Promise<boolean> {
  const deadline = Date.now() + 30_000;
  while (child.exitCode === null && Date.now() < deadline) {
    const answer = run("docker", ["-H", host, "version"], { timeoutMs: 5_000 });
    if (await answer.catch(() => false)) return true;
    await sleep(100);
  }
  return false;
}
