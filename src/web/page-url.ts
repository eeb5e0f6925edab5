import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { type Config, TOKEN_MIN_LENGTH } from "../config.ts";
import { drawWithHash } from "./token.ts";

type Settings = Config["page"];

/** Keeps the hash of the token that was drawn last, where the daemon and the commands share it. */
export interface TokenStore {
  tokenHash(): string | undefined;
  setTokenHash(hash: string): void;
}

/** The token of the page cannot be had; `hint` says what to do. */
export class TokenError extends Error {
  readonly code = "TOKEN";
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/**
 * The token that the admin chose, if so; then no other one is valid.
 *
 * @throws TokenError where SYSTEM_INFO_TOKEN_FILE has none
 */
export function configuredToken({ token, tokenFile }: Settings): string | undefined {
  return tokenFile === undefined ? token : readTokenFile(tokenFile);
}

/**
 * A link that signs in: with the configured token, or else with a fresh one, which takes the place of the one drawn
 * before. Only its hash is kept, and handed to `store`: the link can be shown once.
 *
 * @throws TokenError where there is no page, or SYSTEM_INFO_TOKEN_FILE has no token
 */
export function freshPageUrl(settings: Settings, store: (hash: string) => void): string {
  if (settings.port === 0)
    throw new TokenError("the System Info page is off", "set SYSTEM_INFO_PORT to a port, for example 8088");
  const configured = configuredToken(settings);
  if (configured !== undefined) return pageUrl(settings, configured);
  const { token, hash } = drawWithHash();
  store(hash);
  return pageUrl(settings, token);
}

/** The page's address as it is seen from the machine the container runs on; with `token` it signs in. */
export function pageUrl({ host, port, basePath }: Settings, token?: string): string {
  const name = ["0.0.0.0", "::"].includes(host) ? "localhost" : isIPv6(host) ? `[${host}]` : host;
  const query = token === undefined ? "" : `?token=${encodeURIComponent(token)}`;
  return `http://${name}:${port}${basePath}/${query}`;
}

function readTokenFile(path: string): string {
  const problem = (what: string) =>
    new TokenError(
      `SYSTEM_INFO_TOKEN_FILE ${what}`,
      `put a token of at least ${TOKEN_MIN_LENGTH} characters into ${path}, where the container can read it`,
    );
  let token: string;
  try {
    token = readFileSync(path, "utf8").trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw problem(code === "ENOENT" ? "does not exist" : `cannot be read (${code})`);
  }
  if (token === "") throw problem("is empty");
  if (token.length < TOKEN_MIN_LENGTH) throw problem("has a token that is too short");
  return token;
}
