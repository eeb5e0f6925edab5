import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { refuseToReplace, runLabel } from "./engine-images.ts";
import { hasCommand, installPackages, type Log, run } from "./real-engine.ts";

/**
 * Builds the Dockerfile of `contextDir`, as it is, and returns the image's id. A base that cannot be pulled is
 * stood in for. The classic builder may be all there is: it knows no `RUN --mount` and no `COPY --chmod`.
 */
export async function buildProductImage(
  host: string,
  contextDir: string,
  tag: string,
  log: Log = () => {},
): Promise<string> {
  await refuseToReplace(host, tag);
  for (const name of baseImages(await readFile(join(contextDir, "Dockerfile"), "utf8"))) {
    const docker = (args: string[], timeoutMs?: number) =>
      run("docker", ["-H", host, ...args], { timeoutMs });
    const present = await docker(["image", "inspect", name])
      .catch(() => docker(["pull", "--quiet", name], 20_000))
      .catch(() => undefined);
    if (present === undefined) await makeBaseImage(host, name, log);
  }
  // A client without buildx has the classic builder only, which no longer is its default.
  const env: Record<string, string> = (await run("docker", ["buildx", "version"]).catch(() => undefined))
    ? {}
    : { DOCKER_BUILDKIT: "0" };
  const build = (...flags: string[]) =>
    run("docker", ["-H", host, "build", "--tag", tag, "--label", runLabel(), ...flags, contextDir], { env });
  await build().catch((error: Error) => {
    if (!/EAI_AGAIN|ENOTFOUND|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ECONNREFUSED/.test(error.message))
      throw error;
    log("containers do not reach the network through the bridge: building on the host's network");
    return build("--network", "host");
  });
  return run("docker", ["-H", host, "image", "inspect", "--format", "{{.Id}}", tag]);
}

/** The images that a Dockerfile starts from, its own stages left out. */
export function baseImages(dockerfile: string): string[] {
  const stages = new Set(["scratch"]);
  const bases = new Set<string>();
  for (const [, name = "", stage] of dockerfile.matchAll(
    /^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/gim,
  )) {
    if (!stages.has(name)) bases.add(name);
    if (stage) stages.add(stage);
  }
  return [...bases];
}

/** Puts a stand-in for an official Node image on Debian under its name: the same things in the same places. */
export async function makeBaseImage(host: string, name: string, log: Log = () => {}): Promise<void> {
  const [, suite] =
    /^(?:docker\.io\/)?(?:library\/)?node:24\S*-(bookworm|trixie)(?:-slim)?(?:@\S+)?$/.exec(name) ?? [];
  if (!suite) throw new Error(`${name} cannot be pulled, and the tests have no stand-in for it`);
  const changes = [
    "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    `ENV NODE_VERSION=${process.versions.node}`,
    `ENV npm_config_registry=${await run("npm", ["config", "get", "registry"])}`,
    `ENTRYPOINT ["docker-entrypoint.sh"]`,
    `CMD ["node"]`,
    `LABEL ${runLabel()}=base`,
  ];
  // Where the machine trusts more certificates than Node does, so must the builds.
  if (process.env.NODE_EXTRA_CA_CERTS) changes.push(`ENV NODE_EXTRA_CA_CERTS=${certificates}`);
  const tar = await obtainBaseTar(suite, log);
  await run("docker", [
    "-H",
    host,
    "import",
    ...changes.flatMap((change) => ["--change", change]),
    tar,
    name.replace(/@.*/, ""),
  ]);
}

const certificates = "/etc/ssl/certs/ca-certificates.crt";

/** Made once per Node, npm and set of certificates, then kept in the user's cache. */
async function obtainBaseTar(suite: string, log: Log): Promise<string> {
  const npmDir = await findNpm();
  const trusted = await readFile(certificates).catch(() => "");
  const key = createHash("sha256")
    .update(await readFile(join(npmDir, "package.json")))
    .update(trusted)
    .digest("hex")
    .slice(0, 8);
  const cache = join(homedir(), ".cache", "openwisp-metrics-test");
  const tar = join(cache, `${suite}-node-${process.versions.node}-${key}.tar`);
  if (existsSync(tar)) return tar;

  if (!(await hasCommand("debootstrap"))) await installPackages(["debootstrap"], log);
  log(
    `making a stand-in for the base image (Debian ${suite}, Node ${process.versions.node}): about a minute, once`,
  );
  await mkdir(cache, { recursive: true });
  const dir = await mkdtemp(join(tmpdir(), "openwisp-metrics-base-"));
  const partial = `${tar}.${process.pid}`;
  try {
    const root = join(dir, "root");
    await run("debootstrap", [
      "--variant=minbase",
      "--include=ca-certificates",
      suite,
      root,
      ...(await findMirror(suite)),
    ]);
    await run("chroot", [
      root,
      "useradd",
      "--uid",
      "1000",
      "--user-group",
      "--create-home",
      "--shell",
      "/bin/bash",
      "node",
    ]);
    await rm(join(root, "var/cache/apt/archives"), { recursive: true });
    if (trusted) await writeFile(join(root, certificates), trusted);

    const local = join(root, "usr/local");
    await copyFile(process.execPath, join(local, "bin/node"));
    await cp(npmDir, join(local, "lib/node_modules/npm"), { recursive: true, verbatimSymlinks: true });
    for (const name of ["npm", "npx"])
      await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, "bin", name));
    await writeFile(join(local, "bin/docker-entrypoint.sh"), entrypoint);
    for (const name of ["node", "docker-entrypoint.sh"]) await chmod(join(local, "bin", name), 0o755);

    // Under its name only when whole.
    await run("tar", ["--create", "--file", partial, "--directory", root, "--numeric-owner", "."]);
    await rename(partial, tar);
    return tar;
  } finally {
    await rm(partial, { force: true });
    await rm(dir, { recursive: true, force: true });
  }
}

/** The folder of the npm that runs us, else of the one in PATH. */
async function findNpm(): Promise<string> {
  const script = process.env.npm_execpath;
  if (script?.endsWith("npm-cli.js")) return dirname(dirname(script));
  return join(await run("npm", ["root", "--global"]), "npm");
}

/** The mirror of this machine's apt; nothing, for debootstrap's own choice, when apt knows no such suite. */
async function findMirror(suite: string): Promise<string[]> {
  const args = [
    "indextargets",
    "--format",
    "$(REPO_URI)",
    "Created-By: Packages",
    "Origin: Debian",
    `Codename: ${suite}`,
  ];
  return (await run("apt-get", args).catch(() => "")).split("\n").filter(Boolean).slice(0, 1);
}

// What the official image does with a command that is no program: it is for node.
const entrypoint = `#!/bin/sh
set -e
if [ "\${1#-}" != "\${1}" ] || [ -z "$(command -v "\${1}")" ] || { [ -f "\${1}" ] && ! [ -x "\${1}" ]; }; then
  set -- node "$@"
fi
exec "$@"
`;
