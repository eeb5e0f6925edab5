import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { App, Edge } from "../../src/app.ts";
import type { Answer } from "../../src/delivery/collector.ts";
import { STATE_FILE } from "../../src/state/state-folder.ts";
import { HOUR, MINUTE } from "./clock-cases.ts";
import { small, type World } from "./world.ts";

export interface Scenario {
  readonly name: string;
  /** What was before, with nothing going wrong. */
  readonly before?: (world: World) => Promise<void>;
  /** What is cut short, and after that done again. */
  readonly act: (world: World, signal?: AbortSignal, edge?: Partial<Edge>) => Promise<void>;
  /** What the collector has settled in the end, in order; more than one where it depends on the moment. */
  readonly expected: readonly string[];
  readonly orElse?: readonly string[];
}

const NEVER = new AbortController().signal;
const away: Answer = { kind: "unavailable", reason: "HTTP 503" };
const fine: Answer = { kind: "accepted", status: 204 };

export const SCENARIOS: readonly Scenario[] = [
  { name: "an Install by the daemon", act: run(5 * MINUTE), expected: ["Install"] },
  {
    name: "an Install by the command",
    act: report,
    expected: ["Install"],
    // The command sends a Heartbeat whenever there is nothing else.
    orElse: ["Install", "Heartbeat"],
  },
  {
    name: "an Upgrade",
    before: installed(upgraded),
    act: run(5 * MINUTE),
    expected: ["Install", "Upgrade"],
  },
  {
    name: "a Heartbeat",
    before: installed(({ clock }) => clock.advance(16 * HOUR + 24 * MINUTE)),
    act: run(5 * MINUTE),
    expected: ["Install", "Heartbeat"],
  },
  {
    name: "an opt-out",
    before: installed(),
    act: consent(false),
    expected: ["Install", "Consent Withdrawn"],
  },
  {
    name: "an opt-out with a report that waits",
    before: unheard(),
    act: consent(false),
    expected: ["Consent Withdrawn"],
  },
  {
    name: "an opt-out that the collector hears later",
    before: installed(answering(away, away, fine)),
    act: (world, ...how) => consent(false)(world, ...how).then(() => run(6 * HOUR)(world, ...how)),
    expected: ["Install", "Consent Withdrawn"],
  },
  {
    name: "an opt-in after an upgrade",
    before: installed((world) => consent(false)(world).then(() => upgraded(world))),
    act: (world, ...how) => consent(true)(world, ...how).then(() => run(5 * MINUTE)(world, ...how)),
    expected: ["Install", "Consent Withdrawn", "Upgrade"],
  },
  {
    name: "metrics turned off by the environment with a report that waits",
    before: unheard(),
    act: run(5 * MINUTE, { METRIC_COLLECTION: "False" }),
    expected: [],
  },
  {
    name: "a delivery that fails twice",
    before: answering(away, away, fine),
    act: run(6 * HOUR),
    expected: ["Install"],
  },
  {
    name: "a refusal",
    before: answering({ kind: "refused", reason: "HTTP 400" }, fine),
    act: run(5 * MINUTE),
    expected: ["Install"],
  },
  {
    name: "two reports that wait",
    before: unheard(upgraded, run(5 * MINUTE, {}, away)),
    act: run(6 * HOUR),
    expected: ["Install", "Upgrade"],
  },
  {
    name: "a damaged state",
    before: installed(({ stateDir }) => writeFileSync(join(stateDir, STATE_FILE), "garbage ".repeat(1_000))),
    act: run(5 * MINUTE),
    expected: ["Install", "Heartbeat"],
  },
];

type Preparation = (world: World) => unknown;

/** Lets the daemon run for a while. */
export function run(ms: number, env: Record<string, string> = {}, answer?: Answer) {
  return async (world: World, signal: AbortSignal = NEVER, edge: Partial<Edge> = {}) => {
    if (answer) world.collector.answer = () => answer;
    const stop = new AbortController();
    const ended = world.app(env, edge).run(AbortSignal.any([signal, stop.signal]));
    let failure: unknown;
    const caught = ended.catch((error) => {
      failure = error;
    });
    await world.clock.advance(ms);
    stop.abort();
    await caught;
    if (failure) throw failure;
  };
}

async function report(world: World, signal = NEVER, edge?: Partial<Edge>): Promise<void> {
  await world.app({}, edge).report(signal);
}

function consent(given: boolean) {
  return async (world: World, signal = NEVER, edge?: Partial<Edge>) => {
    const app: App = world.app({}, edge);
    await app.changeConsent(given, "command line", signal);
  };
}

/** An installation that was reported, and what happens then. */
function installed(...then: readonly Preparation[]): Preparation & Scenario["before"] {
  return async (world) => {
    await run(5 * MINUTE)(world);
    for (const prepare of then) await prepare(world);
  };
}

/** An installation whose Install still waits. */
function unheard(...then: readonly Preparation[]): Preparation & Scenario["before"] {
  return async (world) => {
    await run(5 * MINUTE, {}, away)(world);
    for (const prepare of then) await prepare(world);
    world.collector.answer = () => fine;
  };
}

function upgraded({ engine, clock }: World): void {
  engine.install(small("25.10.4"), clock.now());
}

/** The answers in turn; the last one from then on. */
function answering(...answers: readonly Answer[]) {
  return async ({ collector }: World) => {
    const left = [...answers];
    collector.answer = () => (left.length > 1 ? left.shift() : left[0]) ?? fine;
  };
}
