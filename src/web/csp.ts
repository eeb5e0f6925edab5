import { createHash } from "node:crypto";
import { SCRIPT, STYLE } from "./views/assets.ts";

/** Allows our own style and script, by what they are, and nothing else: not even what a page might be made to hold. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src '${hash(STYLE)}'`,
  `script-src '${hash(SCRIPT)}'`,
  "img-src data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

function hash(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
