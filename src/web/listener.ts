import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Logger } from "../log.ts";
import type { PageModel } from "./page-model.ts";
import { configuredToken, pageUrl, type TokenStore } from "./page-url.ts";
import { createPageServer } from "./server.ts";
import { type DrawnToken, hashToken } from "./token.ts";

export interface PageParts {
  readonly settings: Config["page"];
  /** Gathered anew for each request. */
  readonly model: () => Promise<PageModel>;
  /** The body of a report of the journal. */
  readonly report: (id: number) => string | undefined;
  /** Gives the sentence that says what was done. */
  readonly setConsent: (given: boolean) => Promise<string>;
  readonly keys: TokenStore;
  readonly draw: () => Promise<DrawnToken>;
  readonly healthy: () => { readonly healthy: boolean; readonly reason: string };
  /** Hears that the page can be asked for, and that somebody did. */
  readonly onUse?: (use: PageUse) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

export type PageUse = "served" | "asked for";

const RETRY_MS = 60_000;

/**
 * Serves the System Info page until `signal` ends. Where it cannot be served, the log says so once, and it is tried
 * every minute: reporting does not depend on it. The page itself is loaded for the first request.
 * Port 0 is any free port here: whoever turned the page off does not start it.
 */
export async function startPage(parts: PageParts, signal: AbortSignal): Promise<void> {
  let said: string | undefined;
  while (!signal.aborted) {
    try {
      await serve(parts, signal);
    } catch (error) {
      if (signal.aborted) return;
      const problem = describe(error as NodeJS.ErrnoException, parts.settings);
      if (problem !== said) parts.log.error(`${problem}; it is tried every minute`);
      said = problem;
      await parts.clock.sleep(RETRY_MS, signal);
    }
  }
}

/**
 * The server of the page, which does not listen yet.
 *
 * @throws TokenError where SYSTEM_INFO_TOKEN_FILE has none
 */
export function pageServer(parts: PageParts, signal: AbortSignal): Server {
  const { settings, keys, healthy, log } = parts;
  const configured = configuredToken(settings);
  const tokenHash = configured === undefined ? () => keys.tokenHash() : () => hashToken(configured);
  const load = async () => {
    parts.onUse?.("asked for");
    const { createPageApp } = await import("./app.ts");
    return createPageApp({ ...parts, tokenHash, signal });
  };
  return createPageServer({ basePath: settings.basePath, healthy, load, log });
}

async function serve(parts: PageParts, signal: AbortSignal): Promise<void> {
  const { settings } = parts;
  const server = pageServer(parts, signal);
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    server.listen(settings.port, settings.host);
    await once(server, "listening", { signal });
    await announce(parts, (server.address() as AddressInfo).port);
    parts.onUse?.("served");
    await once(server, "close");
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

/**
 * Says where the page is; with a token where none was drawn before. Only its hash is kept: the link can be shown once.
 *
 * @throws TokenError where SYSTEM_INFO_TOKEN_FILE has none
 */
async function announce({ settings, keys, draw, log }: PageParts, port: number): Promise<void> {
  const here = { ...settings, port };
  if (configuredToken(settings) !== undefined || keys.tokenHash() !== undefined) {
    const link = "openwisp-metrics page-url prints a link that signs in";
    log.info(`the System Info page is at ${pageUrl(here)}; ${link}`);
    return;
  }
  const { token, hash } = await draw();
  keys.setTokenHash(hash);
  log.info(`the System Info page is at ${pageUrl(here, token)}`);
}

/** What was wrong with the settings, by the error of listen(2) or of the look-up of the name. */
const HINTS: Readonly<Record<string, (settings: Config["page"]) => string>> = {
  EADDRINUSE: ({ port }) => `port ${port} is taken; set SYSTEM_INFO_PORT to a free one, or to 0 for no page`,
  EACCES: ({ port }) => `port ${port} is not allowed; set SYSTEM_INFO_PORT to one from 1024 on`,
  EADDRNOTAVAIL: notOurs,
  EAFNOSUPPORT: notOurs,
  ENOTFOUND: notOurs,
  EAI_AGAIN: notOurs,
};

function notOurs(): string {
  return "SYSTEM_INFO_HOST is no address of this container; leave it out, or set it to one, for example 127.0.0.1";
}

function describe(error: NodeJS.ErrnoException & { hint?: string }, settings: Config["page"]): string {
  const told = HINTS[error.code ?? ""]?.(settings);
  const reason = told ?? (error.hint ? `${error.message}; ${error.hint}` : error.message);
  return `the System Info page cannot be served: ${reason}`;
}
