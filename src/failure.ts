import { basename } from "node:path";
import { isStorageError } from "./state/storage-error.ts";

/**
 * What went wrong, for the last line of the program. Errors of our own say what to do. Of any other only the kind and
 * the place are told: its message may quote what was read.
 */
export function describeFailure(error: unknown): string {
  if (isStorageError(error))
    return `openwisp-metrics failed: the state cannot be used: ${(error as Error).message}; is the disk full? openwisp-metrics doctor tells more`;
  const { message, hint } = (error ?? {}) as { message?: string; hint?: string };
  if (hint !== undefined) return `openwisp-metrics failed: ${message}; ${hint}`;
  return `openwisp-metrics failed unexpectedly: ${whatAndWhere(error)}; this is a bug, please report it to the OpenWISP project with this line; what is stored is intact`;
}

/** The kind of an unexpected error and the place where it was thrown. */
export function whatAndWhere(error: unknown): string {
  return kindOf(error) + placeOf(error);
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const { code } = error as NodeJS.ErrnoException;
  return /^[A-Z0-9_]+$/.test(code ?? "") ? `${error.constructor.name} ${code}` : error.constructor.name;
}

/** " at openwisp-metrics.js:812:9 (inferModules)": the topmost place of the stack that has a file. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const { stack = "", message } = error;
  const frames = stack.slice(stack.indexOf(message) + message.length);
  const [, name, file, position] =
    /^ +at (?:(?:async )?([\w.$<> ]+) \()?(?:file:\/\/)?(\/[^\n:]*):(\d+:\d+)/m.exec(frames) ?? [];
  if (file === undefined) return "";
  return ` at ${basename(file)}:${position}${name ? ` (${name})` : ""}`;
}
