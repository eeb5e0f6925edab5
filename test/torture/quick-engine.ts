import type { Engine } from "../../src/docker/engine.ts";
import { EngineError } from "../../src/docker/engine-error.ts";
import type { ContainerSpec } from "../support/engine-images.ts";
import type { Miniature } from "../support/miniature.ts";

/** A Docker Engine without a socket. */
export interface QuickEngine extends Engine {
  /** Cannot be reached; streams of events break. */
  down: boolean;
  /** Refuses the stream of events, as a filtering proxy does. */
  eventsForbidden: boolean;
  /** Volumes, networks. */
  tracesSince: Date | undefined;
  install(installation: Miniature, createdAt: Date): void;
  breakStreams(): void;
}

interface Stream {
  readonly changed: () => void;
  readonly broken: (error: Error) => void;
}

export function createQuickEngine(installation: Miniature, createdAt: Date): QuickEngine {
  let installed = installation;
  let since = createdAt;
  let generation = 0;
  let isDown = false;
  const streams = new Set<Stream>();

  function reached<T>(give: () => T): Promise<T> {
    return isDown ? Promise.reject(away()) : Promise.resolve(give());
  }

  // Hexadecimal, and another one after each installation.
  const idOf = (spec: ContainerSpec) =>
    (Buffer.from(spec.name).toString("hex") + generation.toString(16).padStart(8, "0")).slice(-64);
  const specOf = (id: string) => installed.containers.find((it) => idOf(it) === id);
  const imageOf = (reference: string | undefined) =>
    installed.images.find((it) => it.reference === reference);

  const engine: QuickEngine = {
    get down() {
      return isDown;
    },
    set down(down) {
      isDown = down;
      if (down) engine.breakStreams();
    },
    eventsForbidden: false,
    tracesSince: undefined,
    install(next, at) {
      installed = next;
      since = at;
      generation++;
      for (const { changed } of streams) changed();
    },
    breakStreams() {
      for (const { broken } of streams) broken(away());
    },
    listContainers: () =>
      reached(() =>
        installed.containers.map((it) => ({
          id: idOf(it),
          name: it.name,
          image: it.image,
          imageId: `${it.image} ${generation}`,
          state: "running",
          createdAt: since,
          labels: it.labels ?? {},
        })),
      ),
    inspectContainer: (id) =>
      reached(() => {
        const spec = specOf(id);
        return spec && { image: spec.image, environment: { ...imageOf(spec.image)?.env, ...spec.env } };
      }),
    inspectImage: (id) => reached(() => ({ tags: [id.split(" ")[0] ?? ""], labels: {} })),
    info: () => reached(hostInfo),
    version: () => reached(hostInfo),
    volumeDates: () => reached(() => (engine.tracesSince ? [engine.tracesSince] : [])),
    networkDates: () => reached(() => []),
    readFile: (id, path) => reached(() => imageOf(specOf(id)?.image)?.files[path]),
    async *containerChanges(signal) {
      if (isDown) throw away();
      if (engine.eventsForbidden) throw new EngineError("REFUSED", "the stream of events is forbidden", "");
      yield { kind: "listening", since: "0" };
      for await (const _ of follow(streams, signal)) yield { kind: "changed", since: "0" };
    },
  };
  return engine;
}

async function* follow(streams: Set<Stream>, signal: AbortSignal): AsyncIterable<void> {
  let changes = 0;
  let failure: Error | undefined;
  let wake = () => {};
  const stream: Stream = {
    changed: () => {
      changes++;
      wake();
    },
    broken: (error) => {
      failure = error;
      wake();
    },
  };
  streams.add(stream);
  const end = () => wake();
  signal.addEventListener("abort", end);
  try {
    while (!signal.aborted) {
      if (failure) throw failure;
      if (changes === 0)
        await new Promise<void>((done) => {
          wake = done;
        });
      else {
        changes--;
        yield;
      }
    }
  } finally {
    streams.delete(stream);
    signal.removeEventListener("abort", end);
  }
}

function away(): EngineError {
  return new EngineError("UNREACHABLE", "the Docker Engine is away", "is it running?");
}

function hostInfo() {
  return {
    operatingSystem: "Debian GNU/Linux 12 (bookworm)",
    kernelVersion: "6.1.0-28-amd64",
    architecture: "x86_64",
    systemTime: undefined,
  };
}
