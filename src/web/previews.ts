import { createHash } from "node:crypto";

const MAX_PREVIEWS = 20;

/** The bodies that were shown last, so that a download has the very bytes that stood on the page. */
export interface Previews {
  /** Gives the SHA-256 by which it is found. */
  keep(body: string): string;
  find(sha256: string): string | undefined;
}

export function createPreviews(): Previews {
  const bodies = new Map<string, string>();
  return {
    keep(body) {
      const sha256 = createHash("sha256").update(body).digest("hex");
      bodies.delete(sha256);
      bodies.set(sha256, body);
      const [oldest] = bodies.keys();
      if (oldest !== undefined && bodies.size > MAX_PREVIEWS) bodies.delete(oldest);
      return sha256;
    },
    find: (sha256) => bodies.get(sha256),
  };
}
