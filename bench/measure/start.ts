import { cpuMsOf } from "./cpu-time.ts";
import { USUAL } from "./crowd.ts";
import { type Figure, spreadOf } from "./figure.ts";
import { BARE_START, inNewFolder, PROGRAM, startNode } from "./program.ts";
import type { StandIns } from "./stand-ins.ts";

const TARGETS = [
  { what: `CPU of \`report\`, ${USUAL} containers, to its end`, args: ["report"], most: 4 },
  { what: "CPU of `--version`", args: ["--version"], most: 1.6 },
  { what: "CPU of `healthcheck`", args: ["healthcheck"], most: 1.6 },
];

/** What the commands take to start, do their work and end, beside a Node that does nothing. */
export async function measureStart(standIns: StandIns, runs: number): Promise<Figure[]> {
  await standIns.install("25.10.3", USUAL);
  return inNewFolder(async (daemonDir) => {
    const env = { DOCKER_HOST: standIns.engine, COLLECTOR_URL: standIns.collector, SYSTEM_INFO_PORT: "0" };
    // For the health check to find it.
    const daemon = await startNode([PROGRAM, "run"], { ...env, STATE_DIR: daemonDir }, /first look/);
    const bare: number[] = [];
    const ours = TARGETS.map((): number[] => []);
    try {
      // By turns, so that a busy moment of the machine falls on all of them.
      for (let run = 0; run < runs; run++) {
        bare.push(await cpuMsOf(BARE_START));
        for (const [i, { args }] of TARGETS.entries())
          await inNewFolder(async (empty) => {
            const stateDir = args.includes("report") ? empty : daemonDir;
            ours[i]?.push(await cpuMsOf([PROGRAM, ...args], { ...env, STATE_DIR: stateDir }));
          });
      }
    } finally {
      await daemon.stop();
    }
    const peer = { name: "bare Node", spread: spreadOf(bare) };
    return TARGETS.map(({ what, most }, i) => ({
      what,
      unit: "ms",
      ours: spreadOf(ours[i] ?? []),
      peer,
      target: { of: "ratio", most },
    }));
  });
}
