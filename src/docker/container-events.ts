import type { IncomingMessage } from "node:http";

/** `since` is where to resume, for the engine: unix seconds with nanoseconds. */
export interface ContainerEvent {
  /** The first one says that the engine listens to us, all others that a container came or went. */
  readonly kind: "listening" | "changed";
  readonly since: string;
}

/** How much is kept of a line that does not end. */
const MAX_LINE = 64 * 1024;

/** Reads the engine's stream of events; one of ours for each piece that arrives, however many are in it. */
export async function* readEvents(stream: IncomingMessage): AsyncIterable<ContainerEvent> {
  const { date } = stream.headers;
  yield { kind: "listening", since: toSeconds(Date.parse(date ?? "") || Date.now()) };
  let rest = "";
  stream.setEncoding("utf8");
  for await (const piece of stream) {
    const lines = (rest + piece).split("\n");
    // Docker ends each event with a line break; one that is whole without it counts, too.
    const since = lines.map(afterEvent).findLast((it) => it !== undefined);
    rest = (lines.pop() ?? "").slice(-MAX_LINE);
    if (since !== undefined) {
      rest = "";
      yield { kind: "changed", since };
    }
  }
}

/** Podman reads `since` as a floating-point number of seconds, which in this century is exact to 0.3 µs. */
const CLEAR_OF_NANOS = 1_000n;

/** Right after an event; undefined for what is none. */
function afterEvent(line: string): string | undefined {
  const nanos = /"timeNano":(\d{10,})/.exec(line)?.[1];
  if (nanos !== undefined) {
    const next = String(BigInt(nanos) + CLEAR_OF_NANOS);
    return `${next.slice(0, -9)}.${next.slice(-9)}`;
  }
  const seconds = /"time":(\d+)/.exec(line)?.[1];
  if (seconds !== undefined) return String(Number(seconds) + 1);
  return line.trim() ? toSeconds(Date.now()) : undefined;
}

function toSeconds(ms: number): string {
  return String(Math.floor(ms / 1000));
}
