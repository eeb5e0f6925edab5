import type { Edge } from "../../src/app.ts";
import type { Engine } from "../../src/docker/engine.ts";
import { THIS_PROCESS } from "../../src/state/claimant.ts";
import { openState } from "../../src/state/database.ts";
import type { State } from "../../src/state/state.ts";
import type { World } from "./world.ts";

/** A program that ends at a certain point of its life, and does nothing more, not even tidy up. */
export interface Doom {
  /** What the program is made of; each write and each request is two points, before it and after it. */
  readonly edge: Partial<Edge>;
  /** Ends with the program. */
  readonly signal: AbortSignal;
  /** The name of the point at which it ended; undefined when it never came that far. */
  where(): string | undefined;
}

export class Crash extends Error {}

const WRITES = [
  "setSetting",
  "decideConsent",
  "claim",
  "release",
  "settle",
  "postpone",
  "expire",
  "discardQueue",
] as const satisfies readonly (keyof State)[];

const REQUESTS = [
  "listContainers",
  "inspectContainer",
  "inspectImage",
  "info",
  "version",
  "volumeDates",
  "networkDates",
  "readFile",
] as const satisfies readonly (keyof Engine)[];

type Any = (...args: never[]) => unknown;

/**
 * @param point at which of its points the program ends, counted from 1
 * @param everyFile whether each file that is read of a container counts, or only the first one
 */
export function createDoom({ edge }: World, point: number, everyFile: boolean): Doom {
  const end = new AbortController();
  let count = 0;
  let where: string | undefined;
  const reached = new Set<string>();

  function reach(name: string): void {
    if (where !== undefined) throw new Crash(where);
    if (!everyFile && name.endsWith("readFile") && reached.has(name)) return;
    reached.add(name);
    count++;
    if (count < point) return;
    where = name;
    end.abort();
    throw new Crash(name);
  }

  /** Of what comes after the end nothing is done: it only lets the pieces of the program come to rest. */
  function doomed<F extends Any>(name: string, work: F): F {
    const call = (...args: Parameters<F>) => {
      if (where !== undefined) return undefined;
      reach(`before ${name}`);
      const result = work(...args);
      if (!(result instanceof Promise)) {
        reach(`after ${name}`);
        return result;
      }
      return result.then((it) => {
        reach(`after ${name}`);
        return it;
      });
    };
    return call as unknown as F;
  }

  function doomedState(state: State): State {
    const writes = WRITES.map((name) => [name, doomed(name, state[name])] as const);
    const record: State["record"] = (decide) =>
      state.record((baseline) => {
        reach("in record, before the decision");
        const recording = decide(baseline);
        reach("in record, before what it stores");
        return recording;
      });
    return { ...state, ...Object.fromEntries(writes), record: doomed("record", record) };
  }

  const { engine, post } = edge;
  const requests = REQUESTS.map((name) => [name, doomed(name, engine[name] as Any)] as const);
  return {
    signal: end.signal,
    where: () => where,
    edge: {
      engine: { ...engine, ...Object.fromEntries(requests) },
      post: async (...args) =>
        (await doomed("post", post)(...args)) ?? { kind: "unavailable", reason: "it is over" },
      openState: (directory, options) => {
        let opened = 0;
        const state = openState(directory, {
          ...options,
          // It is asked for twice where a damaged state has just been set aside, and before a new one is begun.
          get me() {
            if (++opened > 1) reach("after a damaged state was set aside");
            // Its claims can be checked by the next one, or not, where that is in another container.
            return {
              namespace: point % 2 ? THIS_PROCESS.namespace : "pid:[1]",
              pid: process.pid,
              run: "doomed",
            };
          },
        });
        try {
          reach("after the state was opened");
        } catch (error) {
          state.close();
          throw error;
        }
        return doomedState(state);
      },
    },
  };
}
