import { homedir } from "node:os";
import { join } from "node:path";

/** Where the Docker Engine listens; `tls.directory` is where ca.pem, cert.pem and key.pem are looked for. */
export type EngineAddress =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number; readonly tls?: { readonly directory: string } };

const DEFAULT_SOCKET = "/var/run/docker.sock";
const EXPECTED = "expected unix:///path/to/docker.sock or tcp://host:port";

/**
 * Reads DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH the way the docker CLI does: any value of
 * DOCKER_TLS_VERIFY turns verified TLS on; DOCKER_CERT_PATH defaults to `~/.docker`.
 *
 * @throws Error naming the variable, the value and what would be right
 */
export function parseEngineAddress(env: Readonly<Record<string, string | undefined>>): EngineAddress {
  const value = env.DOCKER_HOST?.trim() || `unix://${DEFAULT_SOCKET}`;
  const shown = JSON.stringify(value.replace(/^([a-z]+:\/\/)?.*@/is, "$1…@").slice(0, 120));
  if (value.startsWith("unix://")) return { socketPath: value.slice("unix://".length) || DEFAULT_SOCKET };
  if (value.startsWith("ssh://"))
    throw new Error(`DOCKER_HOST is ${shown}: ssh is not supported; ${EXPECTED}`);
  const url = parseUrl(value.includes("://") ? value : `tcp://${value}`);
  const isHostAndPort = url && /^https?:$/.test(url.protocol) && url.hostname && url.pathname === "/";
  if (!isHostAndPort) throw new Error(`DOCKER_HOST is ${shown}: ${EXPECTED}`);
  const tls = Boolean(env.DOCKER_TLS_VERIFY) || url.protocol === "https:";
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    // URL drops a port that is its scheme's usual one.
    port: Number(/:(\d+)\/?$/.exec(value)?.[1]) || (tls ? 2376 : 2375),
    ...(tls && { tls: { directory: env.DOCKER_CERT_PATH || join(env.HOME ?? homedir(), ".docker") } }),
  };
}

function parseUrl(value: string): URL | undefined {
  // URL parses the host of special schemes only, so tcp borrows http's rules.
  return URL.parse(value.replace(/^tcp:/, "http:")) ?? undefined;
}
