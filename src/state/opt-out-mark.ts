import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConsentOrigin, StoredConsent } from "../consent.ts";

/** An opt-out is remembered beside the state as well: it has to hold even when the state is damaged and begun anew. */
const MARK_FILE = "openwisp-metrics.opted-out";

export function markOptOut(directory: string, { given, at, origin }: StoredConsent): void {
  const file = join(directory, MARK_FILE);
  try {
    if (given) rmSync(file, { force: true });
    else writeFileSync(file, `${at.toISOString()} ${origin}\n`);
  } catch {
    // The decision is stored already: a full disk does not undo it.
  }
}

/** What the mark says; where it cannot be understood it is still an opt-out. */
export function readOptOutMark(directory: string): StoredConsent | undefined {
  try {
    const [time = "", ...origin] = readFileSync(join(directory, MARK_FILE), "utf8").trim().split(" ");
    const at = new Date(Date.parse(time) || 0);
    const isPage = origin.join(" ") === "System Info page";
    return {
      given: false,
      at,
      origin: (isPage ? "System Info page" : "command line") satisfies ConsentOrigin,
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    return { given: false, at: new Date(0), origin: "command line" };
  }
}
