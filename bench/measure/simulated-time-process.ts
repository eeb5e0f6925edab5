/** The daemon through simulated days, its engine and collector in another process; prints what that took as JSON. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createPostProcess } from "../../src/delivery/post-process.ts";
import { createEngine } from "../../src/docker/engine.ts";
import { parseEngineAddress } from "../../src/docker/engine-address.ts";
import { watchEngine } from "./busy-engine.ts";
import { createJumpingClock } from "./jumping-clock.ts";
import { PROGRAM } from "./program.ts";
import { startSimulated } from "./simulated-daemon.ts";
import type { DayRecord, SimulatedTime } from "./simulated-time.ts";
import { countWakeUps } from "./wake-ups.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const TICKS_PER_SECOND = 100;
const [days = 1, everyDays = 1] = process.argv.slice(2).map(Number);
const start = new Date("2026-03-10T12:00:00Z");
setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

const { engine, isBusy } = watchEngine(createEngine(parseEngineAddress(process.env)));
const post = createPostProcess([process.execPath, PROGRAM, "post-one-report"]);
let posting = 0;
const wakeUps = countWakeUps();
const clock = createJumpingClock(start, () => isBusy() || posting > 0, wakeUps.add);
const daemon = startSimulated(process.env, {
  clock,
  engine,
  post: (body, signal) => {
    posting++;
    return post(body, signal).finally(() => posting--);
  },
});

const records: DayRecord[] = [];
for (let day = 0; day <= days; day += everyDays) {
  await clock.advanceTo(new Date(start.getTime() + day * DAY_MS));
  await collectGarbage();
  const { user, system } = process.cpuUsage();
  records.push({
    day,
    cpuMs: (user + system) / 1000 + childrenMs(),
    wakeUps: wakeUps.count,
    heapMb: process.memoryUsage().heapUsed / 2 ** 20,
    stateKb: statSync(join(process.env.STATE_DIR ?? "", "openwisp-metrics.sqlite")).size / 1000,
  });
}
await daemon.stop();
const result: SimulatedTime = { records, inBusiestMinute: wakeUps.inBusiestMinute };
console.log(JSON.stringify(result));

/** What is held weakly is given up in turns of the event loop. */
async function collectGarbage(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    gc();
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** CPU time of the processes that were started and have ended. */
function childrenMs(): number {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ") ?? [];
  return ((Number(fields[13]) + Number(fields[14])) * 1000) / TICKS_PER_SECOND;
}
