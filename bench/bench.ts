/**
 * What the program takes of a machine, beside a Node that does nothing: prints a table and writes it as JSON. With
 * --profile it says where memory and start time go. Runs on dist/, so build before: npm run build.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { measureBundle } from "./measure/bundle.ts";
import type { Figure } from "./measure/figure.ts";
import { measureIdle } from "./measure/idle.ts";
import { describeMachine } from "./measure/machine.ts";
import { measurePage } from "./measure/page.ts";
import { profile } from "./measure/profile.ts";
import { measurePromptness } from "./measure/promptness.ts";
import { measureRequests } from "./measure/requests.ts";
import { measureScale } from "./measure/scale.ts";
import { measureSimulatedTime } from "./measure/simulated-time.ts";
import { type StandIns, startStandIns } from "./measure/stand-ins.ts";
import { measureStart } from "./measure/start.ts";
import { drawTable } from "./measure/table.ts";

const { values } = parseArgs({
  options: {
    json: { type: "string", default: "bench-results.json" },
    profile: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
  },
});

const standIns = await startStandIns();
try {
  if (values.profile) console.log(await profile(standIns, values.quick ? 3 : 9));
  else await measure(standIns, values.quick);
} finally {
  standIns.stop();
}

async function measure(standIns: StandIns, quick: boolean): Promise<void> {
  const say = (what: string) => console.error(`${what} ...`);
  say("idle");
  const idle = await measureIdle(
    standIns,
    quick ? { runs: 1, settleMs: 10_000 } : { runs: 3, settleMs: 15_000 },
  );
  const figures: Figure[] = idle.figures;
  say("start");
  figures.push(...(await measureStart(standIns, quick ? 3 : 15)));
  figures.push(...(await measureBundle()));
  say("requests");
  figures.push(...(await measureRequests()));
  say("scale");
  figures.push(...(await measureScale(standIns, quick ? 1 : 5)));
  say("promptness");
  figures.push(...(await measurePromptness(standIns)));
  say("page");
  figures.push(...(await measurePage(standIns, quick ? 5 : 25)));
  say(quick ? "thirty days" : "a year");
  figures.push(...(await measureSimulatedTime(standIns, quick ? 30 : 375)));
  const machine = describeMachine();
  const remarks = [
    ...idle.remarks,
    "the middle of several runs, with the least and the most; bare Node is a Node of the same binary that does nothing",
    "engine and collector are stand-ins in another process; RSS counts shared pages, PSS counts them in part",
  ];
  console.log(drawTable(figures, machine, remarks));
  writeFileSync(values.json, `${JSON.stringify({ machine, figures, remarks }, undefined, 2)}\n`);
}
