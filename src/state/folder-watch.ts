import { watch } from "node:fs";

/**
 * Calls `changed` whenever a file in the folder was written to, until `signal` ends. Where the file system cannot be
 * watched it is silent: whoever relies on it looks now and then by himself.
 */
export function watchFolder(directory: string, changed: () => void, signal: AbortSignal): void {
  try {
    watch(directory, { signal }, changed).on("error", () => {});
  } catch {
    // Nothing to do about it, and nothing that the admin should know.
  }
}
