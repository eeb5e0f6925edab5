import type { Engine } from "../../src/docker/engine.ts";

/** An engine that is asked through another one. */
export interface WatchedEngine {
  readonly engine: Engine;
  /** Whether an answer is under way. */
  readonly isBusy: () => boolean;
  /** How many times it told of changes. */
  readonly changes: () => number;
}

export function watchEngine(engine: Engine): WatchedEngine {
  let pending = 0;
  let changes = 0;
  const counted =
    <A extends unknown[], T>(ask: (...args: A) => Promise<T>) =>
    (...args: A) => {
      pending++;
      return ask(...args).finally(() => pending--);
    };
  return {
    isBusy: () => pending > 0,
    changes: () => changes,
    engine: {
      listContainers: counted(engine.listContainers),
      inspectContainer: counted(engine.inspectContainer),
      inspectImage: counted(engine.inspectImage),
      info: counted(engine.info),
      version: counted(engine.version),
      volumeDates: counted(engine.volumeDates),
      networkDates: counted(engine.networkDates),
      readFile: counted(engine.readFile),
      /** Under way until the engine listens to us. */
      async *containerChanges(signal, since) {
        let isConnecting = true;
        const connected = () => {
          if (isConnecting) pending--;
          isConnecting = false;
        };
        pending++;
        try {
          for await (const event of engine.containerChanges(signal, since)) {
            connected();
            if (event.kind === "changed") changes++;
            yield event;
          }
        } finally {
          connected();
        }
      },
    },
  };
}
