import type { ExplainedValue, Explanation } from "../../../src/explain.ts";
import type { HistoryEntry } from "../../../src/history.ts";
import type { Hold } from "../../../src/installation/observe.ts";
import type { ReportCategory } from "../../../src/report/events.ts";
import type { ReportStatus } from "../../../src/state/state.ts";
import type { Condition, InstallationView, PageModel } from "../../../src/web/page-model.ts";
import type { PageLinks } from "../../../src/web/views/links.ts";

export const NOW = new Date("2026-11-24T10:30:00Z");
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
export const LINKS: PageLinks = {
  basePath: "/metrics",
  csrf: "c5rf",
  previewSha256: "5ha",
  before: undefined,
  said: undefined,
};

const MODULES: Readonly<Record<string, string>> = {
  "openwisp-controller": "1.2.3",
  "openwisp-firmware-upgrader": "1.2.1",
  "openwisp-ipam": "1.2.post1",
  "openwisp-monitoring": "1.2.1",
  "openwisp-network-topology": "1.2",
  "openwisp-notifications": "1.2.3",
  "openwisp-radius": "1.2.2",
  "openwisp-users": "1.2.2",
  "openwisp-utils": "1.2.2",
  netdiff: "1.2",
  netjsonconfig: "1.2.1",
};

/** A body as it is built, of an installation with this version of OpenWISP. */
export function bodyOf(
  category: ReportCategory,
  at: Date,
  version = "25.10.4",
  more: Readonly<Record<string, string>> = {},
): string {
  const values =
    category === "Consent Withdrawn"
      ? { Action: "Opt-out" }
      : {
          ...MODULES,
          "OpenWISP Version": version,
          os_version: "Debian GNU/Linux 12 (bookworm)",
          kernel_version: "6.1.0",
          hardware_platform: "x86_64",
          "Installation Method": "docker-openwisp",
          ...more,
        };
  const second = Math.floor(at.getTime() / 1000);
  const stamps = { value: 1, times: 1, period_start: second, period_end: second };
  const events = Object.entries(values).map(([action, name]) => ({ category, action, name, ...stamps }));
  return JSON.stringify({ idsite: 5, events });
}

/** A report of so many days ago, with what became of it. */
export function entry(
  id: number,
  category: ReportCategory,
  daysAgo: number,
  status: ReportStatus = "delivered",
  { outcome = OUTCOMES[status], body = bodyOf, attempts = status === "delivered" ? 1 : 0 } = {},
): HistoryEntry {
  const observedAt = new Date(NOW.getTime() - daysAgo * DAY_MS - 5 * 60 * MINUTE_MS);
  return {
    id,
    category,
    observedAt,
    body: body(category, observedAt),
    status,
    outcome,
    finishedAt: status === "queued" ? undefined : new Date(observedAt.getTime() + 2000),
    attempts: Array.from({ length: attempts }, (_, index) => ({
      at: new Date(observedAt.getTime() + 2000 + index * 95 * MINUTE_MS),
      outcome: index === attempts - 1 && outcome ? outcome : "HTTP 503",
    })),
    nextAttemptAt: status === "queued" ? new Date(NOW.getTime() + 100 * MINUTE_MS) : undefined,
  };
}

const OUTCOMES: Readonly<Record<ReportStatus, string | undefined>> = {
  delivered: "HTTP 204",
  queued: "connection refused",
  refused: "HTTP 400: unknown property",
  expired: "no success in 30 days; HTTP 503",
  superseded: "a newer one took its place",
  discarded: "opted out",
};

/** 366 days of heartbeats, 20 upgrades, failures, gaps and an opt-out; newest first. */
export function fullYear(): HistoryEntry[] {
  const entries: HistoryEntry[] = [];
  let id = 0;
  let release = 0;
  const version = (_: ReportCategory, at: Date) => bodyOf(_, at, `25.10.${release}`);
  for (let ago = 365; ago >= 0; ago--) {
    id++;
    if (ago === 365) entries.push(entry(id++, "Install", ago, "delivered", { body: version }));
    if (ago % 18 === 5) {
      release++;
      entries.push(entry(id++, "Upgrade", ago, ago === 41 ? "refused" : "delivered", { body: version }));
    }
    if (ago === 220) entries.push(entry(id++, "Consent Withdrawn", ago));
    if ((ago <= 220 && ago > 212) || ago === 100 || ago === 99) continue;
    if (ago < 3)
      entries.push(
        entry(id, "Heartbeat", ago, ago ? "superseded" : "queued", { body: version, attempts: 12 }),
      );
    else if (ago === 60) entries.push(entry(id, "Heartbeat", ago, "refused", { body: version, attempts: 1 }));
    else if (ago % 97 === 0)
      entries.push(entry(id, "Heartbeat", ago, "expired", { body: version, attempts: 200 }));
    else entries.push(entry(id, "Heartbeat", ago, "delivered", { body: version, attempts: ago % 7 ? 1 : 4 }));
  }
  return entries.reverse();
}

function value(name: string, its: string | null, ...evidence: ExplainedValue["evidence"]): ExplainedValue {
  const inferred = evidence[0]?.source === "table of releases";
  return { name, value: its, inferred, evidence };
}

const METADATA = "/usr/local/lib/python3.13/site-packages";

export const EXPLANATION: Explanation = {
  values: [
    value(
      "OpenWISP Version",
      "25.10.4",
      { source: "release tag", value: "25.10.4", where: "openwisp-dashboard:25.10.4" },
      {
        source: "__openwisp_version__",
        value: "25.10.4",
        where: "/opt/openwisp/openwisp/__init__.py",
        said: "25.10.1",
      },
    ),
    ...Object.entries(MODULES).map(([name, version]) => {
      const folder = name.replaceAll("-", "_");
      return value(
        name,
        version,
        { source: "METADATA", value: version, where: `${METADATA}/${folder}-${version}.dist-info/METADATA` },
        { source: "version tuple", value: version, where: `${METADATA}/${folder}/__init__.py` },
        { source: "table of releases", value: version, where: "release 25.10.4" },
      );
    }),
    value("os_version", "Debian GNU/Linux 12 (bookworm)", {
      source: "engine info",
      value: "Debian GNU/Linux 12 (bookworm)",
      where: "GET /info",
    }),
    value("kernel_version", "6.1.0", {
      source: "engine info",
      value: "6.1.0",
      where: "GET /info",
      said: "6.1.0-40-amd64",
    }),
    value("hardware_platform", "x86_64", { source: "engine info", value: "x86_64", where: "GET /info" }),
    value("Installation Method", "docker-openwisp", {
      source: "__openwisp_installation_method__",
      value: "docker-openwisp",
      where: "/opt/openwisp/openwisp/__init__.py",
    }),
  ],
  enabledModules: "INSTALLED_APPS",
  heldBack: [],
  warnings: [],
  hold: null,
};

export function seen(
  category: ReportCategory = "Heartbeat",
  hold?: Hold,
  explanation: Partial<Explanation> = {},
): InstallationView {
  return {
    kind: "seen",
    explanation: { ...EXPLANATION, hold: hold ?? null, ...explanation },
    preview: { body: bodyOf(category, NOW), held: hold },
  };
}

export const CONDITION: Condition = {
  collector: { answers: true, since: new Date("2026-03-01T04:37:02Z") },
  nextHeartbeat: new Date("2026-11-24T17:37:00Z"),
  heartbeatSchedule: "37 17 * * *",
  lastLook: new Date("2026-11-24T05:30:00Z"),
  engineProblem: undefined,
  stateProblem: undefined,
};

const MONTH = [
  ...Array.from({ length: 19 }, (_, ago) => entry(40 - ago, "Heartbeat", ago)),
  entry(21, "Upgrade", 19),
  ...Array.from({ length: 18 }, (_, ago) =>
    entry(20 - ago, "Heartbeat", ago + 20, "delivered", { body: (_, at) => bodyOf(_, at, "25.10.3") }),
  ),
  entry(1, "Install", 38, "delivered", { body: (_, at) => bodyOf(_, at, "25.10.3") }),
];

export function model(change: Partial<PageModel> = {}): PageModel {
  return {
    now: NOW,
    version: "0.1.0",
    consent: { given: true, because: "nobody turned them off", fixed: false },
    installation: seen(),
    history: MONTH,
    condition: CONDITION,
    ...change,
  };
}

const OFF = { ...CONDITION, nextHeartbeat: undefined };
const FRESH: Condition = { ...CONDITION, collector: undefined, lastLook: undefined };

/** One model for each state the page can be in. */
export const MODELS = {
  on: model(),
  "full year": model({
    history: fullYear(),
    condition: { ...CONDITION, collector: { answers: false, since: new Date("2026-11-21T17:37:09Z") } },
  }),
  fresh: model({ history: [], installation: seen("Install"), condition: FRESH }),
  "off by METRIC_COLLECTION": model({
    consent: { given: false, because: "METRIC_COLLECTION in the environment says so", fixed: true },
    history: [],
    condition: { ...OFF, collector: undefined, lastLook: undefined },
  }),
  "off by DO_NOT_TRACK": model({
    consent: { given: false, because: "DO_NOT_TRACK in the environment says so", fixed: true },
    condition: OFF,
  }),
  "opted out": model({
    consent: {
      given: false,
      because: "opted out on the System Info page at 2026-11-20 09:12:44 +00:00",
      fixed: false,
    },
    history: [
      entry(42, "Consent Withdrawn", 4),
      entry(41, "Heartbeat", 5, "discarded"),
      ...MONTH.filter((it) => it.id < 35),
    ],
    condition: OFF,
  }),
  "standing by": model({ installation: seen("Heartbeat", "standing by"), history: [] }),
  development: model({ installation: seen("Install", "development"), history: [] }),
  "no engine": model({
    installation: {
      kind: "unknown",
      missing: "engine",
      reason: "the Docker Engine did not give the list of containers: there is no Docker socket",
      hint: "mount it with the volume /var/run/docker.sock:/var/run/docker.sock:ro, or set DOCKER_HOST",
    },
    condition: {
      ...CONDITION,
      engineProblem: "the Docker Engine did not give the list of containers: there is no Docker socket",
    },
  }),
  "no OpenWISP": model({
    installation: {
      kind: "unknown",
      missing: "openwisp",
      reason: "no OpenWISP container is running in the project of this container",
      hint: "if OpenWISP runs in another compose project, set OPENWISP_PROJECT",
    },
    history: [],
    condition: FRESH,
  }),
  "state not writable": model({
    history: [],
    condition: {
      ...FRESH,
      nextHeartbeat: undefined,
      heartbeatSchedule: undefined,
      stateProblem: {
        message: "the state in /data cannot be opened: /data is on a read-only file system",
        hint: 'give it a volume of its own:\nservices:\n  metrics:\n    volumes: ["metrics_data:/data"]\nvolumes:\n  metrics_data: {}',
      },
    },
  }),
  "age unknown": model({
    history: [],
    installation: { kind: "seen", explanation: EXPLANATION, preview: undefined },
  }),
  inferred: model({
    installation: seen("Heartbeat", undefined, {
      enabledModules: "usual list",
      values: EXPLANATION.values.map((it) =>
        it.name === "os_version"
          ? value("os_version", null)
          : it.evidence[0]?.source === "METADATA"
            ? value(it.name, it.value, ...it.evidence.slice(2))
            : it,
      ),
      heldBack: [
        {
          what: "openwisp-radius 1.2.2+acme",
          why: "a local version suffix could tell who you are: 1.2.2 is sent",
        },
        { what: "acme_portal", why: "in INSTALLED_APPS, but not one of OpenWISP’s own modules" },
      ],
      warnings: [
        "the Docker Engine did not give a file of the container: refused with HTTP 403",
        "containers of several versions run side by side (25.10.3, 25.10.4): the main one counts",
      ],
    }),
  }),
} as const satisfies Record<string, PageModel>;

/** What a hostile sibling or collector may put into a text. */
export const HOSTILE = `<script>alert(1)</script><img src=x onerror=alert(1)>"' onload="alert(1)" javascript:alert(1) &amp; </pre></title></style>`;

/** Each text that comes from elsewhere is hostile. */
export function hostileModel(): PageModel {
  const evidence = { source: "label", value: HOSTILE, where: HOSTILE, said: HOSTILE } as const;
  const hostileEntry = entry(7, "Upgrade", 1, "refused", {
    outcome: HOSTILE,
    attempts: 3,
    body: (_, at) => bodyOf(_, at, HOSTILE, { [HOSTILE]: HOSTILE }),
  });
  return model({
    consent: { given: true, because: HOSTILE, fixed: false },
    installation: {
      kind: "seen",
      explanation: {
        values: [value(HOSTILE, HOSTILE, evidence, evidence), value("OpenWISP Version", HOSTILE, evidence)],
        enabledModules: "INSTALLED_APPS",
        heldBack: [{ what: HOSTILE, why: HOSTILE }],
        warnings: [HOSTILE],
        hold: null,
      },
      preview: { body: bodyOf("Upgrade", NOW, HOSTILE, { [HOSTILE]: HOSTILE }), held: undefined },
    },
    history: [hostileEntry],
    condition: {
      ...CONDITION,
      heartbeatSchedule: HOSTILE,
      engineProblem: HOSTILE,
      stateProblem: { message: HOSTILE, hint: `${HOSTILE}\n${HOSTILE}` },
    },
  });
}
