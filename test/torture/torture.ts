/**
 * Everything that can be thought of to make the program lose a report, repeat one, or speak when it must not: killed,
 * ended between any two steps, its clock set, years of faults. Prints one table in Markdown; exits with 1 if anything went
 * wrong. Takes about ten minutes, and needs two cores; --seed draws something else, --kills and --days more or less.
 */
import { parseArgs } from "node:util";
import { tryNamedClocks, tryRandomClocks, tryUntouchedClock } from "./clock.ts";
import { tryClaimsOfAnotherTime, tryClocksSetWhileOff } from "./clock-off.ts";
import { tryCollectorFaults } from "./collector-faults.ts";
import { tryAllCrashPoints } from "./crash-points.ts";
import { tryDaylightSaving } from "./daylight-saving.ts";
import { tryKills } from "./kill.ts";
import { drawTable, type Row } from "./row.ts";
import { soak } from "./soak.ts";

process.env.TZ = "UTC";
const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    kills: { type: "string", default: "1000" },
    days: { type: "string", default: "1100" },
  },
});
const [seed, kills, days] = [number("seed"), number("kills"), number("days")];
const KILLS_PER_LIFE = 40;

const parts: (() => Promise<Row>)[] = [
  () => tryKills({ lives: Math.ceil(kills / KILLS_PER_LIFE), killsPerLife: KILLS_PER_LIFE, seed, atOnce: 2 }),
  tryAllCrashPoints,
  tryUntouchedClock,
  tryNamedClocks,
  () => tryRandomClocks(500, seed),
  () => tryDaylightSaving(15),
  tryClocksSetWhileOff,
  tryClaimsOfAnotherTime,
  () => soak(days, seed),
  tryCollectorFaults,
];
const rows: Row[] = [];
for (const part of parts) {
  const started = Date.now();
  const row = await part();
  rows.push(row);
  const seconds = Math.round((Date.now() - started) / 1000);
  console.error(`${row.part}, ${row.what}: ${row.times}, ${row.wrong.length} wrong; ${seconds} s`);
}
console.log(drawTable(rows));
process.exit(rows.some((it) => it.wrong.length > 0) ? 1 : 0);

function number(option: "seed" | "kills" | "days"): number {
  const number = Number(values[option]);
  if (Number.isSafeInteger(number) && number > 0) return number;
  console.error(`--${option} must be a whole number from 1 on`);
  process.exit(2);
}
