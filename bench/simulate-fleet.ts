/**
 * A million sidecars in one week, with the program's own schedule and pauses, and beside them two simpler ways. Prints
 * a table, and writes a chart with --svg. Exits with 1 if the program's own fleet loses or repeats a report or comes
 * in crowds; in a fleet much smaller than a million chance alone is a crowd.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { drawChart } from "./fleet/chart.ts";
import { type Result, runScenario } from "./fleet/scenarios.ts";
import { drawTable } from "./fleet/table.ts";

const MAX_NORMAL_PEAK = 1.2;
const MAX_PEAK_AFTER_OUTAGE = 3;

process.env.TZ = "UTC";
const { values } = parseArgs({
  options: {
    sidecars: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    svg: { type: "string" },
  },
});
const [sidecars, seed] = [positive("sidecars"), positive("seed")];
const run = (id: Parameters<typeof runScenario>[0]) => runScenario(id, { sidecars, seed });
const [ours, oursToldWhen, timer, cron] = [run("ours"), run("oursToldWhen"), run("timer"), run("cron")];
console.log(drawTable([ours, oursToldWhen, timer, cron]));
if (values.svg) writeFileSync(values.svg, drawChart([ours, timer, cron], sidecars));
const broken = [ours, oursToldWhen].flatMap((it) => [...brokenPromises(it)]);
console.log(`\n${broken.join("\n") || "every promise is kept"}`);
process.exit(broken.length > 0 ? 1 : 0);

function* brokenPromises(result: Result): Iterable<string> {
  const { name, mean, normalPeak, dayAfterReleasePeak, afterOutagePeak, outcome } = result;
  if (Math.max(normalPeak, dayAfterReleasePeak) > MAX_NORMAL_PEAK * mean)
    yield `NOT KEPT (${name}): peak over mean at most ${MAX_NORMAL_PEAK} on a normal day`;
  if (afterOutagePeak > MAX_PEAK_AFTER_OUTAGE * mean)
    yield `NOT KEPT (${name}): peak over mean at most ${MAX_PEAK_AFTER_OUTAGE} after the outage`;
  if (outcome.lost + outcome.duplicates > 0) yield `NOT KEPT (${name}): nothing lost, nothing twice`;
}

function positive(option: "sidecars" | "seed"): number {
  const number = Number(values[option]);
  if (Number.isSafeInteger(number) && number > 0) return number;
  console.error(`--${option} must be a whole number from 1 on`);
  process.exit(2);
}
