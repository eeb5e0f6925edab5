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
  const memory = (process: "bare" | "on" | "off", of: keyof Memory) =>
    spreadOf(samples.map((it) => it[process][of]));
  const beside = (of: keyof Memory) => ({ name: "bare Node", spread: memory("bare", of) });
  const on = memory("on", "rss");
  const python = await pythonIdle();
  const figures: Figure[] = [
    figure("idle memory, page on (RSS)", memory("on", "rss"), beside("rss"), 1.35),
    figure("idle memory, page on (PSS)", memory("on", "pss"), beside("pss")),
    figure(`idle memory, page on, beside ${python.name}`, on, { name: "Python", spread: python.rss }, 1),
    figure("idle memory, switched off (RSS)", memory("off", "rss"), beside("rss"), 1.1),
    figure("idle memory, switched off (PSS)", memory("off", "pss"), beside("pss")),
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
  const env: Environment = {
    DOCKER_HOST: standIns.engine,
    // As in production: TLS is what costs.
    COLLECTOR_URL: standIns.secureCollector ?? standIns.collector,
    NODE_EXTRA_CA_CERTS: standIns.caFile,
    SETTLE_SECONDS: "0",
    SYSTEM_INFO_HOST: "127.0.0.1",
    SYSTEM_INFO_PORT: String(20_000 + (process.pid % 20_000)),
  };
  const { received } = await standIns.counts();
  const bare = await startNode(BARE_IDLE);
  const on = await startNode([PROGRAM, "run"], { ...env, STATE_DIR: `${folder}/on` }, /page is at/);
  const off = await startNode(
    [PROGRAM, "run"],
    { ...env, STATE_DIR: `${folder}/off`, METRIC_COLLECTION: "False", SYSTEM_INFO_PORT: "0" },
    /metrics are off/,
  );
  try {
    await until("the first report", async () => (await standIns.counts()).received > received);
    await delay(settleMs);
    const before = wakeUpsOf(on.pid);
    await delay(settleMs);
    const wakeUps = wakeUpsOf(on.pid) - before;
    return { bare: memoryOf(bare.pid), on: memoryOf(on.pid), off: memoryOf(off.pid), wakeUps };
  } finally {
    await Promise.all([bare, on, off].map((it) => it.stop()));
  }
}
