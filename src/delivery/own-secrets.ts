import type { ProxyEnvironment } from "../config.ts";

/**
 * What a request tells the collector, and a proxy on the way, beside the report: an error page may echo it, and it is
 * nothing for the journal.
 */
export function ownSecrets(collectorUrl: string, { HTTP_PROXY, HTTPS_PROXY }: ProxyEnvironment): string[] {
  const found = [collectorUrl, HTTP_PROXY, HTTPS_PROXY].flatMap((it) => {
    const url = URL.parse(it ?? "");
    if (!url) return [];
    const { username, password, host, hostname, pathname, search } = url;
    const user = decoded(username);
    const secret = decoded(password);
    const values = [...url.searchParams.values()];
    const basic = Buffer.from(`${user}:${secret}`).toString("base64");
    return [it ?? "", username, password, user, secret, basic, host, hostname, pathname, search, ...values];
  });
  // The longest first, as it may hold another; a single letter or slash tells nothing.
  return [...new Set(found)].filter((it) => it.length > 2).sort((a, b) => b.length - a.length);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
