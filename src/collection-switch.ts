import { quote } from "./quote.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the environment allows reporting. `problem` is set when the value was not understood, which means off. */
export interface CollectionSwitch {
  readonly on: boolean;
  readonly decidedBy: "default" | "METRIC_COLLECTION" | "DO_NOT_TRACK";
  readonly problem?: string;
}

const ON = ["true", "yes", "on", "1"];
const OFF = ["false", "no", "off", "0"];

/** METRIC_COLLECTION and DO_NOT_TRACK, fail-closed: what is not clearly "on" is off. */
export function collectionSwitch(env: Environment): CollectionSwitch {
  const raw = env.METRIC_COLLECTION;
  const value = raw?.trim().toLowerCase();
  if (["1", "true"].includes(env.DO_NOT_TRACK?.trim().toLowerCase() ?? ""))
    return { on: false, decidedBy: "DO_NOT_TRACK" };
  if (value === undefined) return { on: true, decidedBy: "default" };
  if (ON.includes(value)) return { on: true, decidedBy: "METRIC_COLLECTION" };
  if (OFF.includes(value)) return { on: false, decidedBy: "METRIC_COLLECTION" };
  return {
    on: false,
    decidedBy: "METRIC_COLLECTION",
    problem: `METRIC_COLLECTION is ${quote(raw)}, which is neither on (${ON.join(", ")}) nor off (${OFF.join(", ")}): collection stays off`,
  };
}
