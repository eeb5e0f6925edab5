/** What a stored body says; empty where it cannot be read. */
export interface ReportBody {
  readonly category: string | undefined;
  readonly values: ReadonlyMap<string, string>;
}

export function readBody(body: string): ReportBody {
  const events = eventsOf(body);
  const values = new Map(events.map(({ action, name }) => [String(action), String(name)]));
  const category = events[0]?.category;
  return { category: category === undefined ? undefined : String(category), values };
}

function eventsOf(body: string): { category?: unknown; action?: unknown; name?: unknown }[] {
  try {
    const { events } = JSON.parse(body);
    return Array.isArray(events) ? events.filter((it) => typeof it === "object" && it !== null) : [];
  } catch {
    return [];
  }
}

const VERSION = "OpenWISP Version";

/** What an Install or Upgrade is about, in a few words: "25.10.3 → 25.10.4", "netdiff 1.1 → 1.2, and 2 more". */
export function describeReport(body: ReportBody, before: ReportBody | undefined): string {
  const now = body.values.get(VERSION);
  const then = before?.values.get(VERSION);
  if (before === undefined || now !== then) return [then && now && then, now].filter(Boolean).join(" → ");
  const changed = [...body.values].filter(([name, value]) => before.values.get(name) !== value);
  const [first] = changed;
  if (!first) return now ?? "";
  const [name, value] = first;
  const old = before.values.get(name);
  const more = changed.length > 1 ? `, and ${changed.length - 1} more` : "";
  return `${TITLES[name] ?? name} ${old === undefined ? "" : `${old} → `}${value}${more}`;
}

const TITLES: Readonly<Record<string, string>> = {
  os_version: "operating system",
  kernel_version: "kernel",
  hardware_platform: "platform",
};
