/**
 * Further engines for the contract of the engine: a newer Docker, Podman, and TLS in between. Only the real engine of
 * the global setup is compulsory in CI: what cannot be had of these is skipped and says why.
 */
import { type EngineKind, installationsOn } from "./installations.ts";
import { type IsolatedDaemon, startIsolatedDaemon } from "./isolated-daemon.ts";
import { obtainNewerDocker } from "./newer-docker.ts";
import { hasCommand, installPackages, run, testEngine } from "./real-engine.ts";
import { createTlsFront } from "./tls-front.ts";

/** Starts them: each runs until its `open()` is closed, or else as long as this process. */
export async function moreEngines(): Promise<EngineKind[]> {
  const base = testEngine();
  return Promise.all([
    prepare("a newer Docker", startNewerDocker),
    prepare("Podman", startPodman),
    prepare("a real engine over TLS", async () => {
      if ("unavailable" in base) throw new Error(base.unavailable);
      await run("openssl", ["version"]);
      return { open: async () => installationsOn(base.host), reach: createTlsFront };
    }),
  ]);
}

type Prepared = Pick<EngineKind, "open" | "reach">;

async function prepare(name: string, obtain: () => Promise<Prepared>): Promise<EngineKind> {
  try {
    return { name, skip: false, ...(await obtain()) };
  } catch (error) {
    const reason = (error as Error).message.replace(/\s+/g, " ").slice(0, 300);
    const open = () => Promise.reject(error);
    return { name, skip: `cannot be had here: ${reason}`, open };
  }
}

async function startNewerDocker(): Promise<Prepared> {
  refuseWithoutRights();
  const path = [...(await obtainNewerDocker()), process.env.PATH].join(":");
  const dockerd = (folder: string) => [
    "dockerd",
    `--data-root=${folder}/data`,
    `--exec-root=${folder}/exec`,
    `--pidfile=${folder}/docker.pid`,
    `--host=unix://${folder}/docker.sock`,
    "--shutdown-timeout=5",
  ];
  return trusted(await startIsolatedDaemon(dockerd, { PATH: path }));
}

async function startPodman(): Promise<Prepared> {
  refuseWithoutRights();
  if (!(await hasCommand("podman")))
    await installPackages(["podman", "containernetworking-plugins", "iptables"], console.error);
  const runtime = (await hasCommand("crun")) ? "crun" : "runc";
  const podman = (folder: string) => [
    "podman",
    `--root=${folder}/root`,
    `--runroot=${folder}/run`,
    `--tmpdir=${folder}/tmp`,
    `--network-config-dir=${folder}/networks`,
    `--runtime=${runtime}`,
    "--storage-driver=vfs",
    "--cgroup-manager=cgroupfs",
    "--events-backend=file",
    "system",
    "service",
    "--time=0",
    `unix://${folder}/docker.sock`,
  ];
  return trusted(await startIsolatedDaemon(podman));
}

function refuseWithoutRights(): void {
  const base = testEngine();
  if ("unavailable" in base) throw new Error(base.unavailable);
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    throw new Error("only root on Linux can start it for the tests");
}

/** A daemon may answer and still be unable to run anything here: it must have run a container to be used. */
async function trusted(daemon: IsolatedDaemon): Promise<Prepared> {
  const trial = installationsOn(daemon.host);
  const reference = "openwisp-metrics-trial:latest";
  try {
    await trial.install({
      images: [{ reference, env: {}, files: {} }],
      containers: [{ name: "openwisp-metrics-trial", image: reference }],
    });
    await trial.close();
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  return {
    async open() {
      const installations = installationsOn(daemon.host);
      return {
        ...installations,
        async close() {
          await installations.close().finally(() => daemon.stop());
        },
      };
    },
  };
}
