import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const TOKEN_BYTES = 24;

/** A secret of 192 random bits that can stand in a URL. */
export function drawToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

/** A token, and what is stored instead of it. */
export interface DrawnToken {
  readonly token: string;
  readonly hash: string;
}

export function drawWithHash(): DrawnToken {
  const token = drawToken();
  return { token, hash: hashToken(token) };
}

/** What is stored instead of the token: its SHA-256 in hex. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Whether `token` is the one that `hash` was made of; takes as long wherever they differ. */
export function matchesHash(token: string, hash: string | undefined): boolean {
  const expected = Buffer.from(hash ?? "", "hex");
  const given = Buffer.from(hashToken(token), "hex");
  return expected.length === given.length && timingSafeEqual(expected, given);
}
