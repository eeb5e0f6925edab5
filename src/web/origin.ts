import { isIP } from "node:net";

/**
 * Whether a Host header names this page: localhost, an address, or a name that the admin allowed. Any other name may
 * have been pointed here by a stranger, whose own page would then read this one ("DNS rebinding").
 *
 * @param allowed names in small letters; with a leading dot their subdomains too, as in Django's ALLOWED_HOSTS
 */
export function isAllowedHost(header: string | undefined, allowed: readonly string[]): boolean {
  const [, address, name = ""] =
    /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+?)\.?)(?::\d{1,5})?$/.exec(header?.toLowerCase() ?? "") ?? [];
  if (address !== undefined) return isIP(address) === 6;
  if (name === "localhost" || name.endsWith(".localhost") || isIP(name) === 4) return true;
  return allowed.some((it) => (it.startsWith(".") ? `.${name}`.endsWith(it) : name === it));
}

/** Whether a page of this very server sent the request: its Origin has the name and port that Host has. */
export function isSameOrigin(origin: string | undefined, host: string | undefined): boolean {
  const from = parse(origin);
  if (!from || from.origin !== origin?.toLowerCase() || !["http:", "https:"].includes(from.protocol))
    return false;
  // The port may be left out where it is the usual one.
  return host !== undefined && from.host === parse(`${from.protocol}//${host}`)?.host;
}

function parse(url: string | undefined): URL | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url) : undefined;
}
