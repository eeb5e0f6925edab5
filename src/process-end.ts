import { EXIT } from "./exit.ts";
import { describeFailure } from "./failure.ts";

/** How long a stop may take before it is made: what is stored is safe at any time. */
const STOP_MS = 1_500;

/** Ends with the first SIGTERM or SIGINT; a second one ends the process at once. */
export function endOnSignals(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(EXIT.failed);
      stop.abort();
      setTimeout(() => process.exit(EXIT.done), STOP_MS).unref();
    });
  return stop.signal;
}

/** Whatever nobody expected is one line, and the end. */
export function endOnFailures(): void {
  process.on("uncaughtException", (error: NodeJS.ErrnoException) => {
    // Whoever read what is printed has heard enough: `... --help | head -1`.
    if (error.code === "EPIPE" && error.syscall === "write") process.exit(EXIT.failed);
    process.stderr.write(`${describeFailure(error)}\n`);
    process.exit(EXIT.failed);
  });
}

/** Resolves when all is written: to a pipe it may still be on its way. */
export async function written(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) await new Promise((done) => stream.write("", done));
}
