import { DAY, HOUR, MINUTE } from "./clock-cases.ts";
import type { Draw } from "./draw.ts";

/** Instants and windows of a simulated life, in ms since its start, which is at noon. */
export interface Plan {
  readonly actions: readonly (readonly [at: number, what: Action])[];
  /** What must be stored to be sent: one report in each window, in this order. */
  readonly expected: readonly Expectation[];
  /** When the collector does not answer. */
  readonly outages: readonly Span[];
}

export type Action =
  | "upgrade"
  | "engine away"
  | "engine back"
  | "events forbidden"
  | "events allowed"
  | "stream breaks"
  | "stop"
  | "start"
  | "opt out"
  | "opt in"
  | "disk full"
  | "disk has room";

export interface Expectation {
  readonly category: string;
  readonly from: number;
  readonly to: number;
}

type Span = readonly [from: number, to: number];

const SLOT_HOUR = 4.5;
/** After a change of containers, also where that can only be polled. */
const NOTICED_MS = 15 * MINUTE;
/** What happens on a day, and how often. */
const DAYS: readonly (keyof typeof HAPPENINGS)[] = [
  ...Array(10).fill("nothing"),
  ...Array(2).fill("upgrade"),
  "upgrade unseen",
  ...Array(2).fill("engine away"),
  "streams break",
  "restart",
  "off for hours",
];

type Hour = (hour: number) => number;

/** Nothing in them lets a Heartbeat be later than half past ten, nor an Upgrade come on a day without one before it. */
const HAPPENINGS = {
  nothing: () => [],
  upgrade: (at: Hour, draw: Draw) => [[at(draw.int(12, 20)), "upgrade"]],
  "upgrade unseen": (at: Hour, draw: Draw) => [
    [at(0), "events forbidden"],
    [at(draw.int(12, 20)), "upgrade"],
    [at(23), "events allowed"],
  ],
  "engine away": (at: Hour, draw: Draw) => span(at, draw, "engine away", "engine back"),
  "streams break": (at: Hour, draw: Draw) =>
    Array.from({ length: 10 }, () => [at(draw.random() * 24), "stream breaks"]),
  restart: (at: Hour, draw: Draw) => {
    const when = at(draw.random() * 24);
    return [
      [when, "stop"],
      [when + 1, "start"],
    ];
  },
  "off for hours": (at: Hour, draw: Draw) => span(at, draw, "stop", "start"),
} satisfies Record<string, (at: Hour, draw: Draw) => unknown[][]>;

function span(at: Hour, draw: Draw, begin: Action, end: Action) {
  const from = draw.random() * 6;
  return [
    [at(from), begin],
    [at(from + 0.1 + draw.random() * 4), end],
  ];
}

/** Draws a life. The expected reports follow from the plan alone. */
export function drawPlan(days: number, draw: Draw): Plan {
  const actions: [number, Action][] = [];
  const outages: Span[] = [];
  const expected: Expectation[] = [{ category: "Install", from: 0, to: NOTICED_MS }];
  const at = (day: number, hour: number) => Math.round(day * DAY + (hour - 12) * HOUR);
  const expect = (category: string, from: number, to: number) => expected.push({ category, from, to });
  const heartbeat = (day: number, from = SLOT_HOUR, to = 10.5) =>
    expect("Heartbeat", at(day, from), at(day, to));

  /** Some days at a time, each with what it does to the reports; gives how many days it takes. */
  const specials: ((day: number) => number)[] = [
    (day) => {
      actions.push([at(day, 13), "stop"], [at(day + 3, 6), "start"]);
      heartbeat(day);
      heartbeat(day + 3, 6, 7);
      return 4;
    },
    (day) => {
      actions.push([at(day, 15), "opt out"], [at(day + 2, 12), "upgrade"], [at(day + 5, 15), "opt in"]);
      heartbeat(day);
      expect("Consent Withdrawn", at(day, 15), at(day, 15) + MINUTE);
      expect("Upgrade", at(day + 5, 15), at(day + 5, 15) + NOTICED_MS);
      return 6;
    },
    (day) => {
      actions.push([at(day, 3), "disk full"], [at(day, 6), "disk has room"]);
      heartbeat(day, 6, 7);
      return 1;
    },
  ];

  function ordinaryDay(day: number): void {
    const happenings = HAPPENINGS[draw.pick(DAYS)]((hour) => at(day, hour), draw) as [number, Action][];
    actions.push(...happenings);
    heartbeat(day);
    for (const [when, what] of happenings) if (what === "upgrade") expect("Upgrade", when, when + NOTICED_MS);
  }

  const turns = new Map(specials.map((it, i) => [Math.round((days * (i + 1)) / (specials.length + 1)), it]));
  for (let day = 1; day < days; ) {
    const special = [...turns.keys()].find((it) => it <= day);
    if (special === undefined) ordinaryDay(day++);
    else {
      day += turns.get(special)?.(day) ?? 1;
      turns.delete(special);
    }
  }
  // None at the end, so that nothing is left to wait.
  for (let day = 0; day < days - 3; day++)
    if (draw.chance(0.2)) outages.push(after(at(day, draw.random() * 24), draw.random() * 5));
  for (const part of [0.15, 0.65]) outages.push(after(Math.round(days * part) * DAY, days > 60 ? 130 : 40));
  return {
    actions: actions.sort(([a], [b]) => a - b),
    expected: expected.sort((a, b) => a.from - b.from),
    outages,
  };
}

function after(from: number, hours: number): Span {
  return [from, from + hours * HOUR];
}
