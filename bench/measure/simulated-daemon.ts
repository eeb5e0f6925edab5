import { PassThrough } from "node:stream";
import { createApp, type Edge } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import type { Environment } from "./program.ts";

/** The daemon in this process, with a clock that is not the machine's. */
export function startSimulated(
  env: Environment,
  edge: Pick<Edge, "clock"> & Partial<Edge>,
): { stop(): Promise<void> } {
  const config = loadConfig({ SYSTEM_INFO_PORT: "0", HEARTBEAT_SCHEDULE: "30 4 * * *", ...env });
  const stopper = new AbortController();
  const app = createApp(config, {
    version: "0.0.0",
    random: () => 0.5,
    log: createLog({
      level: "info",
      format: "text",
      destination: new PassThrough().resume(),
      now: () => edge.clock.now(),
    }),
    pid: process.pid,
    user: { uid: 0, gids: [0] },
    surroundings: { hostname: "bench", readText: () => undefined },
    ...edge,
  });
  const ended = app.run(stopper.signal);
  return {
    async stop() {
      stopper.abort();
      await ended;
    },
  };
}
