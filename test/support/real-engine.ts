/**
 * A Docker Engine for the tests: the one of this machine, or else a private daemon that lives as long as the
 * test run. The global setup obtains it once; the test files, each in a process of its own, ask `testEngine()`.
 */
import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

export interface RealEngine {
  /** As in DOCKER_HOST. */
  host: string;
  version: string;
  /** Started by us for this run; everything in it vanishes with it. */
  private: boolean;
  /** Stops a private engine and leaves nothing of it; does nothing to any other. */
  stop(): Promise<void>;
}

export type Log = (line: string) => void;

/**
 * The engine that this machine has, or a private one, for which root gets Debian's docker.io installed. Never throws.
 */
export async function obtainEngine(log: Log = () => {}): Promise<RealEngine | { unavailable: string }> {
  try {
    const found = await findRunningEngine();
    if (found) return found;
    if (process.platform !== "linux" || process.getuid?.() !== 0) {
      return { unavailable: "no Docker Engine answers, and only root on Linux can start one for the tests" };
    }
    if (!(await hasCommand("dockerd"))) {
      await installPackages(["docker.io", "iptables"], log);
      // Where there is a service manager, the package starts its own daemon.
      const started = await findRunningEngine();
      if (started) return started;
    }
    // A kernel without netfilter: containers then have no way out of the bridge, all the rest works.
    return await startPrivateEngine([], log).catch(() =>
      startPrivateEngine(["--iptables=false", "--ip-masq=false"], log),
    );
  } catch (error) {
    return { unavailable: (error as Error).message };
  }
}

/** What the global setup found. */
export function testEngine(env = process.env): { host: string } | { unavailable: string } {
  if (env.OPENWISP_METRICS_TEST_ENGINE) return { host: env.OPENWISP_METRICS_TEST_ENGINE };
  return {
    unavailable:
      env.OPENWISP_METRICS_TEST_ENGINE_UNAVAILABLE ?? "run by `npm test`, which obtains an engine first",
  };
}

async function findRunningEngine(): Promise<RealEngine | undefined> {
  const socket = "/var/run/docker.sock";
  const host = process.env.DOCKER_HOST || (existsSync(socket) ? `unix://${socket}` : undefined);
  const version = host && (await askVersion(host));
  return version ? { host, version, private: false, stop: async () => {} } : undefined;
}

/** Asks the daemon: the presence of a client says nothing. */
async function askVersion(host: string): Promise<string | undefined> {
  const args = ["-H", host, "version", "--format", "{{.Server.Version}}"];
  return run("docker", args, { timeoutMs: 10_000 }).catch(() => undefined);
}

// $0 is the folder. The daemon lives until our end of the standard input closes, which also happens when we are
// killed, so that there is one way to clean up. Its last words are printed for whoever still listens.
const keeper = `
mkdir -m 700 "$0"
exec 3<&0
dockerd --data-root "$0/data" --exec-root "$0/exec" --pidfile "$0/docker.pid" -H "unix://$0/docker.sock" \
  --shutdown-timeout 5 "$@" >"$0/dockerd.log" 2>&1 3<&- &
daemon=$!
{
  read -r _ <&3
  kill $daemon
  for _ in $(seq 60); do kill -0 $daemon || exit; sleep 0.5; done
  kill -9 $daemon
} >/dev/null 2>&1 &
wait $daemon
kill $!
tail -n 4 "$0/dockerd.log"
cut -d " " -f 2 /proc/mounts | grep "^$0/" | sort -r | xargs -r umount -l
rm -rf "$0"
`;
const takenExitCode = 75;

/** Waits for its turn: two daemons would fight over docker0 and iptables. */
async function startPrivateEngine(flags: string[], log: Log): Promise<RealEngine> {
  const dir = join(tmpdir(), `openwisp-metrics-engine-${randomUUID().slice(0, 8)}`);
  const host = `unix://${dir}/docker.sock`;
  const dockerd = await run("sh", ["-c", "command -v dockerd"]);
  const lock = ["--nonblock", "--conflict-exit-code", String(takenExitCode), "--close", dockerd];
  // Detached, or Ctrl-C would end the keeper before its work is done.
  const child = spawn("flock", [...lock, "sh", "-c", keeper, dir, ...flags], {
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const closed = once(child, "close");
  closed.catch(() => {}); // no flock on this machine: stop() tells
  let lastWords = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    lastWords += text;
  });
  for (const handle of [child, child.stdin as Socket, child.stdout as Socket]) handle.unref();
  const stop = async () => {
    child.ref();
    child.stdin.end();
    await closed;
  };

  const deadline = Date.now() + 60_000;
  while (child.exitCode === null && Date.now() < deadline) {
    const version = await askVersion(host);
    if (version) return { host, version, private: true, stop };
    await sleep(200);
  }
  if (child.exitCode === takenExitCode) {
    log("waiting for the private engine of another test run to end");
    await run("flock", [dockerd, "true"]);
    return startPrivateEngine(flags, log);
  }
  await stop();
  throw new Error(`dockerd does not run here: ${lastWords.trim() || "no answer within a minute"}`);
}

/** Installs Debian packages. @throws when this is no Debian, or we are not root. */
export async function installPackages(packages: string[], log: Log): Promise<void> {
  if (process.getuid?.() !== 0 || !(await hasCommand("apt-get"))) {
    throw new Error(`${packages[0]} is missing, and only root on Debian can install it for the tests`);
  }
  log(`installing Debian's ${packages[0]} for the tests`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args: string[]) =>
    run("apt-get", ["-qq", "-o", "DPkg::Lock::Timeout=300", ...args], { env });
  const install = () => apt("install", "--yes", "--no-install-recommends", ...packages);
  // The package lists are refreshed only when those at hand do not do.
  await install().catch(async () => {
    await apt("update");
    await install();
  });
}

export async function hasCommand(name: string): Promise<boolean> {
  return run("sh", ["-c", `command -v ${name}`]).then(
    () => true,
    () => false,
  );
}

/** The standard output of a command, trimmed. @throws an error that ends with the command's last words. */
export async function run(
  command: string,
  args: string[],
  options: { env?: Record<string, string>; timeoutMs?: number | undefined } = {},
): Promise<string> {
  const env = { ...process.env, ...options.env };
  try {
    const { stdout } = await promisify(execFile)(command, args, {
      env,
      timeout: options.timeoutMs,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout.trim();
  } catch (cause) {
    const { stdout = "", stderr = "", message } = cause as Error & { stdout?: string; stderr?: string };
    // The classic builder tells on both what went wrong.
    const words = (`${stdout.trim()}\n${stderr.trim()}`.trim() || message).split("\n").slice(-20).join("\n");
    throw new Error(`${command} failed: ${words}`, { cause });
  }
}
