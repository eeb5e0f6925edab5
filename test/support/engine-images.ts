/**
 * Small images, containers, volumes and networks on a real engine, made without a registry.
 *
 * Everything made here, and every container run from an image made here, carries the label of the test run, so
 * that it can be taken away again from an engine that others use too.
 */
import { randomUUID } from "node:crypto";
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { installPackages, run } from "./real-engine.ts";

export interface ImageSpec {
  reference: string;
  env: Record<string, string>;
  labels?: Record<string, string>;
  /** Absolute path to content. */
  files: Record<string, string>;
  /** Absolute path to link target. */
  links?: Record<string, string>;
}

export interface ContainerSpec {
  name: string;
  image: string;
  env?: Record<string, string>;
  labels?: Record<string, string>;
  /** False: created, never started. */
  running?: boolean;
}

export interface EngineWorld {
  /** Makes an image that sleeps, and returns its id. No value of env and labels may hold a line break. */
  importImage(spec: ImageSpec): Promise<string>;
  tagImage(existing: string, newReference: string): Promise<void>;
  /** Returns the container's id. */
  startContainer(spec: ContainerSpec): Promise<string>;
  stopContainer(name: string): Promise<void>;
  removeContainer(name: string): Promise<void>;
  createVolume(name: string, labels?: Record<string, string>): Promise<void>;
  createNetwork(name: string, labels?: Record<string, string>): Promise<void>;
  /** The docker CLI on this engine. */
  docker(args: string[]): Promise<string>;
  /** Removes all that was made in this world. */
  close(): Promise<void>;
}

export function createEngineWorld(host: string): EngineWorld {
  const world = randomUUID();
  const docker = (args: string[]) => run("docker", ["-H", host, ...args]);
  const pairs = (flag: string, values: Record<string, string> = {}) =>
    Object.entries(values).map(([key, value]) => `${flag}=${key}=${value}`);
  const labelled = (labels?: Record<string, string>) => pairs("--label", { ...labels, [runLabel()]: world });

  return {
    docker,
    async importImage({ reference, env, labels, files, links = {} }) {
      await refuseToReplace(host, reference);
      const changes = [`CMD ["/bin/busybox", "sleep", "1000000"]`];
      for (const [key, value] of Object.entries(env)) changes.push(`ENV ${key}=${quote(value)}`);
      for (const [key, value] of Object.entries({ ...labels, [runLabel()]: world }))
        changes.push(`LABEL ${quote(key)}=${quote(value)}`);
      const dir = await mkdtemp(join(tmpdir(), "openwisp-metrics-image-"));
      try {
        const tar = await packFiles(host, dir, files, links);
        return await docker(["import", ...changes.flatMap((change) => ["--change", change]), tar, reference]);
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    },
    async tagImage(existing, newReference) {
      await refuseToReplace(host, newReference);
      await docker(["tag", existing, newReference]);
    },
    async startContainer({ name, image, env, labels, running = true }) {
      const verb = running ? ["run", "--detach"] : ["create"];
      // As process 1, sleep would not hear SIGTERM.
      const flags = ["--name", name, "--stop-signal", "SIGKILL", ...pairs("--env", env), ...labelled(labels)];
      return docker([...verb, ...flags, image]);
    },
    stopContainer: async (name) => void (await docker(["stop", name])),
    removeContainer: async (name) => void (await docker(["rm", "--force", "--volumes", name])),
    createVolume: async (name, labels) =>
      void (await docker(["volume", "create", ...labelled(labels), name])),
    createNetwork: async (name, labels) =>
      void (await docker(["network", "create", ...labelled(labels), name])),
    close: () => removeLabelled(host, `${runLabel()}=${world}`),
  };
}

/** Marks what belongs to this run of the tests. */
export function runLabel(env = process.env): string {
  return `openwisp-metrics.test-run.${env.OPENWISP_METRICS_TEST_RUN ?? process.pid}`;
}

/** Removes containers, networks, volumes and images that carry a label: `key` or `key=value`. */
export async function removeLabelled(host: string, label: string): Promise<void> {
  const docker = (...args: string[]) => run("docker", ["-H", host, ...args]);
  const listed = async (...args: string[]) => {
    const ids = await docker(...args, "--quiet", "--filter", `label=${label}`);
    return [...new Set(ids.split("\n").filter(Boolean))];
  };
  const containers = await listed("ps", "--all");
  if (containers.length > 0) await docker("rm", "--force", "--volumes", ...containers);
  for (const kind of ["network", "volume"]) {
    const names = await listed(kind, "ls");
    if (names.length > 0) await docker(kind, "rm", ...names);
  }
  // Children come first, and take their untagged parents with them: what is gone already is no failure.
  for (const image of await listed("images", "--all")) await docker("rmi", "--force", image).catch(() => {});
}

/** @throws rather than take a name away from an image that is not ours. */
export async function refuseToReplace(host: string, reference: string): Promise<void> {
  const format = ["--format", "{{json .Config.Labels}}"];
  const labels = await run("docker", ["-H", host, "image", "inspect", ...format, reference]).catch(
    () => undefined,
  );
  if (labels !== undefined && !labels.includes(`"${runLabel()}"`)) {
    throw new Error(`the engine has an image ${reference} of its own: the tests leave it alone`);
  }
}

/** A word of a Dockerfile instruction that means exactly this text. */
function quote(text: string): string {
  return `"${text.replace(/[\\"$]/g, "\\$&")}"`;
}

async function packFiles(
  host: string,
  dir: string,
  files: Record<string, string>,
  links: Record<string, string>,
): Promise<string> {
  const root = join(dir, "root");
  const place = async (path: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    return join(root, path);
  };
  await obtainBusybox(host, await place("/bin/busybox"));
  await symlink("busybox", await place("/bin/sh"));
  for (const [path, content] of Object.entries(files)) await writeFile(await place(path), content);
  for (const [path, target] of Object.entries(links)) await symlink(target, await place(path));
  const tar = join(dir, "image.tar");
  await run("tar", [
    "--create",
    "--file",
    tar,
    "--directory",
    root,
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    ".",
  ]);
  return tar;
}

/** Debian's static busybox; where it cannot be had, the one of the busybox image. */
async function obtainBusybox(host: string, target: string): Promise<void> {
  const findStatic = () =>
    run("sh", ["-c", `path=$(command -v busybox) && ! ldd "$path" | grep -q "=>" && echo "$path"`]);
  try {
    await copyFile(
      await findStatic().catch(async () => {
        await installPackages(["busybox-static"], console.error);
        return findStatic();
      }),
      target,
    );
  } catch {
    const container = await run("docker", ["-H", host, "create", "--label", runLabel(), "busybox:musl"]);
    await run("docker", ["-H", host, "cp", `${container}:/bin/busybox`, target]);
    await run("docker", ["-H", host, "rm", container]);
  }
  await chmod(target, 0o755);
}
