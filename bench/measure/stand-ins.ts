import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Addresses {
  /** For DOCKER_HOST. */
  readonly engine: string;
  readonly collector: string;
  /** Only where there is an `openssl` to make certificates. */
  readonly secureCollector?: string;
  readonly caFile?: string;
}

export interface Counts {
  readonly engineRequests: number;
  /** Reports at both collectors. */
  readonly received: number;
  /** When the last came over TLS; milliseconds as of Date.now(). */
  readonly lastReceivedAt: number;
  /** When the engine told of the containers that this command installed. */
  readonly installedAt: number;
}

export interface Command {
  readonly id: number;
  readonly install?: { readonly release: string; readonly total: number };
}

/** A Docker Engine and collectors in another process. */
export interface StandIns extends Addresses {
  install(release: string, total: number): Promise<Counts>;
  counts(): Promise<Counts>;
  stop(): void;
}

export async function startStandIns(): Promise<StandIns> {
  const child = fork(fileURLToPath(new URL("./stand-ins-process.ts", import.meta.url)), {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const { addresses } = await messageOf<{ addresses: Addresses }>(child, (it) => "addresses" in it);
  let last = 0;
  const ask = async (command: Omit<Command, "id">) => {
    const id = ++last;
    child.send({ ...command, id });
    return (await messageOf<{ counts: Counts }>(child, (it) => "id" in it && it.id === id)).counts;
  };
  return {
    ...addresses,
    install: (release, total) => ask({ install: { release, total } }),
    counts: () => ask({}),
    stop: () => child.disconnect(),
  };
}

function messageOf<T extends object>(child: ChildProcess, isIt: (message: object) => boolean): Promise<T> {
  return new Promise((done, fail) => {
    const hear = (message: object) => {
      if (!isIt(message)) return;
      child.off("message", hear).off("exit", gone);
      done(message as T);
    };
    const gone = () => fail(new Error("the engine's stand-in has ended"));
    child.on("message", hear).on("exit", gone);
  });
}
