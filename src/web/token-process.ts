import { askProcess, type Command } from "../self-process.ts";
import { type DrawnToken, drawWithHash } from "./token.ts";

const MAX_MS = 10_000;

/**
 * Draws a token in a process of its own, as Node's cryptography takes 3 MB for good; or here, where that fails.
 *
 * @param command the program with the arguments that make it print a `DrawnToken` as JSON
 */
export function createTokenProcess(command: Command): () => Promise<DrawnToken> {
  return async () => {
    try {
      return JSON.parse(await askProcess(command, { timeoutMs: MAX_MS })) as DrawnToken;
    } catch {
      return drawWithHash();
    }
  };
}
