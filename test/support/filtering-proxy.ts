import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hasCommand, installPackages } from "./real-engine.ts";

/** HAProxy before an engine's socket, as admins set it up: it lets through GET of the paths it is told. */
export interface FilteringProxy {
  /** For DOCKER_HOST. */
  readonly host: string;
  close(): Promise<void>;
}

/** Why there is no HAProxy here; false when there is. Root on Debian gets it installed. */
export async function lacksHaproxy(): Promise<string | false> {
  try {
    if (!(await hasCommand("haproxy"))) await installPackages(["haproxy"], console.error);
    return false;
  } catch (error) {
    return `cannot be had here: ${(error as Error).message.replace(/\s+/g, " ").slice(0, 300)}`;
  }
}

/**
 * @param engine a `unix://` address
 * @param paths a regular expression of what is allowed, less the API version in front
 */
export async function startFilteringProxy(engine: string, paths: string): Promise<FilteringProxy> {
  const folder = await mkdtemp(join(tmpdir(), "filtering-proxy-"));
  const socket = join(folder, "docker.sock");
  const config = `
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend client
  bind unix@${socket}
  http-request deny unless METH_GET
  http-request deny unless { path,url_dec -m reg ^(/v[0-9.]+)?/(${paths})$ }
  default_backend engine
backend engine
  server engine unix@${engine.replace("unix://", "")}
`;
  await writeFile(join(folder, "haproxy.cfg"), config);
  // -db: in the foreground, so that it is ours to end.
  const child = spawn("haproxy", ["-db", "-f", join(folder, "haproxy.cfg")], { stdio: "ignore" });
  const ended = once(child, "close");
  const close = async () => {
    child.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  if (await listens(socket, child)) return { host: `unix://${socket}`, close };
  await close();
  throw new Error("haproxy does not run here");
}

async function listens(socket: string, child: ChildProcess): Promise<boolean> {
  for (
    const deadline = Date.now() + 10_000;
    Date.now() < deadline && child.exitCode === null;
    await sleep(20)
  )
    if (existsSync(socket)) return true;
  return false;
}
