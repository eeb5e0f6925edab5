import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "./real-engine.ts";

const SUITE = "trixie";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/**
 * The folders, for the front of PATH, of the Docker Engine of the Debian after bookworm, with the runc of this machine.
 * Its packages are unpacked into the user's cache, once; nothing is installed.
 *
 * @throws where there is no Debian mirror
 */
export async function obtainNewerDocker(): Promise<string[]> {
  const cache = join(homedir(), ".cache", "openwisp-metrics-test");
  const folder = join(cache, `docker-of-${SUITE}`);
  const runc = await run("sh", ["-c", "command -v runc"]);
  if (!existsSync(folder)) {
    await mkdir(cache, { recursive: true });
    const partial = await mkdtemp(`${folder}-`);
    try {
      await unpackPackages(partial, ["docker.io", "containerd"]);
      await mkdir(join(partial, "runc"));
      await symlink(runc, join(partial, "runc", "runc"));
      // Another run of the tests may have been faster.
      if (!existsSync(folder)) await rename(partial, folder);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }
  return ["runc", "usr/sbin", "usr/bin"].map((it) => join(folder, it));
}

/** Asks the mirror of this machine's apt for the other suite, without telling this machine's apt of it. */
async function unpackPackages(folder: string, packages: string[]): Promise<void> {
  const apt = join(folder, "apt");
  await mkdir(join(apt, "lists", "partial"), { recursive: true });
  await mkdir(join(apt, "cache", "archives", "partial"), { recursive: true });
  await writeFile(
    join(apt, "sources.list"),
    `deb [signed-by=${KEYRING}] ${await findMirror()} ${SUITE} main\n`,
  );
  const options = {
    "Dir::Etc::SourceList": join(apt, "sources.list"),
    "Dir::Etc::SourceParts": "-",
    "Dir::State::Lists": join(apt, "lists"),
    "Dir::Cache": join(apt, "cache"),
    "APT::Sandbox::User": "root",
    "APT::Update::Error-Mode": "any",
  };
  const flags = ["-qq", ...Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`])];
  await run("apt-get", [...flags, "update"], { timeoutMs: 60_000 });
  // The packages go to the working directory.
  const fetch = `cd "$0" && apt-get "$@"`;
  await run("sh", ["-c", fetch, apt, ...flags, "download", ...packages], { timeoutMs: 120_000 });
  for (const name of await readdir(apt))
    if (name.endsWith(".deb")) await run("dpkg", ["-x", join(apt, name), folder]);
  await rm(apt, { recursive: true });
}

async function findMirror(): Promise<string> {
  const args = ["--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Label: Debian"];
  const [mirror] = (await run("apt-get", ["indextargets", ...args])).split("\n");
  if (!mirror) throw new Error("apt knows no Debian mirror");
  return mirror;
}
