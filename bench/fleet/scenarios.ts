import { createCollector, minutesOf } from "./collector.ts";
import { createRandom } from "./random.ts";
import { fixedCronMinute, slotWithFullJitter, timerOf24Hours } from "./sidecars.ts";
import { type Outcome, simulate } from "./simulation.ts";
import { AFTER_OUTAGE, DAY_AFTER_RELEASE, NORMAL_DAY, OUTAGE, RELEASE, type Span } from "./week.ts";

const SCENARIOS = {
  ours: { name: "slot + full jitter", fleet: slotWithFullJitter, saysWhen: false },
  oursToldWhen: { name: "same, Retry-After", fleet: slotWithFullJitter, saysWhen: true },
  timer: { name: "24 h timer", fleet: timerOf24Hours, saysWhen: false },
  cron: { name: "fixed cron minute", fleet: fixedCronMinute, saysWhen: false },
} as const;

export type ScenarioId = keyof typeof SCENARIOS;

export interface Result {
  readonly name: string;
  readonly outcome: Outcome;
  readonly perMinute: Uint32Array;
  /** Requests per minute on a normal day. */
  readonly mean: number;
  readonly normalPeak: number;
  readonly dayAfterReleasePeak: number;
  readonly releasePeak: number;
  readonly afterOutagePeak: number;
  readonly duringOutage: number;
}

export function runScenario(
  id: ScenarioId,
  { sidecars, seed }: { readonly sidecars: number; readonly seed: number },
): Result {
  const { name, fleet, saysWhen } = SCENARIOS[id];
  const collector = createCollector({ saysWhen });
  const outcome = simulate(sidecars, fleet(), collector, createRandom(seed));
  const { perMinute } = collector;
  const peak = (span: Span) => minutesOf(perMinute, span).reduce((a, b) => Math.max(a, b));
  const sum = (span: Span) => minutesOf(perMinute, span).reduce((a, b) => a + b);
  return {
    name,
    outcome,
    perMinute,
    mean: sum(NORMAL_DAY) / (24 * 60),
    normalPeak: peak(NORMAL_DAY),
    dayAfterReleasePeak: peak(DAY_AFTER_RELEASE),
    releasePeak: peak(RELEASE),
    afterOutagePeak: peak(AFTER_OUTAGE),
    duringOutage: sum(OUTAGE),
  };
}
