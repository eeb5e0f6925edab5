import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Figure, spreadOf } from "./figure.ts";
import { type Memory, memoryOf, wakeUpsOf } from "./memory.ts";
import { BARE_IDLE, type Environment, inNewFolder, PROGRAM, startNode, until } from "./program.ts";
import { pythonIdle } from "./python.ts";
import type { StandIns } from "./stand-ins.ts";

export interface IdleOptions {
  readonly runs: number;
  /** How long the processes are left alone before they are looked at. */
  readonly settleMs: number;
}

interface Sample {
  readonly bare: Memory;
  readonly on: Memory;
  readonly off: Memory;
  readonly offWithPage: Memory;
  readonly wakeUps: number;
}

/** The daemon after its first report, and switched off, beside a Node that does nothing. */
export async function measureIdle(
  standIns: StandIns,
  { runs, settleMs }: IdleOptions,
): Promise<{ figures: Figure[]; remarks: string[] }> {
  const samples: Sample[] = [];
  for (let run = 0; run < runs; run++)
    samples.push(await inNewFolder((folder) => sample(standIns, folder, settleMs)));
  const memory = (process: "bare" | "on" | "off" | "offWithPage", of: keyof Memory) =>
    spreadOf(samples.map((it) => it[process][of]));
  const beside = (of: keyof Memory) => ({ name: "bare Node", spread: memory("bare", of) });
  const on = memory("on", "rss");
  const python = await pythonIdle();
  const figures: Figure[] = [
    figure("idle memory, page on (RSS)", memory("on", "rss"), beside("rss"), 1.35),
    figure("idle memory, page on (PSS)", memory("on", "pss"), beside("pss")),
    figure(`idle memory, page on, beside ${python.name}`, on, { name: "Python", spread: python.rss }, 1),
    figure("idle memory, switched off, no page (RSS)", memory("off", "rss"), beside("rss"), 1.1),
    figure("idle memory, switched off, page on (RSS)", memory("offWithPage", "rss"), beside("rss"), 1.1),
    figure("idle memory, switched off, no page (PSS)", memory("off", "pss"), beside("pss")),
    {
      what: `wake-ups of all threads in ${settleMs / 1000} idle seconds`,
      unit: "count",
      ours: spreadOf(samples.map((it) => it.wakeUps)),
      target: { of: "ours", most: 1 },
    },
  ];
  return { figures, remarks: [python.remark] };
}

function figure(
  what: string,
  ours: Figure["ours"],
  peer: NonNullable<Figure["peer"]>,
  most?: number,
): Figure {
  return { what, unit: "MB", ours, peer, ...(most && { target: { of: "ratio" as const, most } }) };
}

async function sample(standIns: StandIns, folder: string, settleMs: number): Promise<Sample> {
  const port = 20_000 + (process.pid % 20_000);
  const env: Environment = {
    DOCKER_HOST: standIns.engine,
    // As in production: TLS is what costs.
    COLLECTOR_URL: standIns.secureCollector ?? standIns.collector,
    NODE_EXTRA_CA_CERTS: standIns.caFile,
    SETTLE_SECONDS: "0",
    SYSTEM_INFO_HOST: "127.0.0.1",
  };
  const start = (stateDir: string, more: Environment, sign: RegExp) =>
    startNode([PROGRAM, "run"], { ...env, STATE_DIR: join(folder, stateDir), ...more }, sign);
  const isOff = { METRIC_COLLECTION: "False" };
  const { received } = await standIns.counts();
  const bare = await startNode(BARE_IDLE);
  const on = await start("on", { SYSTEM_INFO_PORT: String(port) }, /page is at/);
  const off = await start("off", { ...isOff, SYSTEM_INFO_PORT: "0" }, /metrics are off/);
  const offWithPage = await start("page", { ...isOff, SYSTEM_INFO_PORT: String(port + 1) }, /page is at/);
  const all = { bare, on, off, offWithPage };
  try {
    await until("the first report", async () => (await standIns.counts()).received > received);
    await delay(settleMs);
    const before = wakeUpsOf(on.pid);
    await delay(settleMs);
    const wakeUps = wakeUpsOf(on.pid) - before;
    return {
      bare: memoryOf(bare.pid),
      on: memoryOf(on.pid),
      off: memoryOf(off.pid),
      offWithPage: memoryOf(offWithPage.pid),
      wakeUps,
    };
  } finally {
    await Promise.all(Object.values(all).map((it) => it.stop()));
  }
}
