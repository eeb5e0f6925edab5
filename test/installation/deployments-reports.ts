import {
  baselineOf,
  celery,
  celerybeat,
  type Deployment,
  dashboard,
  foreign,
  modulesOf,
  nginx,
  PROJECT_FILES,
  type Seen,
  WITHOUT_FILES,
} from "./deployments.ts";

const HELD = { hold: "standing by", decision: "nothing" } as const;
const INFO = {
  OperatingSystem: "Debian GNU/Linux 12 (bookworm)",
  KernelVersion: "6.1.0-28-amd64",
  Architecture: "x86_64",
};

const beat = (
  value: string | undefined,
  expected: Partial<Seen>,
  more: Parameters<typeof celerybeat>[0] = {},
): Deployment => ({
  what: `celerybeat with METRIC_COLLECTION ${value === undefined ? "not set" : JSON.stringify(value)}`,
  containers: [dashboard(), celerybeat({ env: { METRIC_COLLECTION: value }, ...more }), celery()],
  expected,
});

const HOLDS: readonly Deployment[] = [
  beat("True", HELD),
  beat("yes", HELD),
  beat(undefined, HELD),
  beat("False", {}),
  beat("no", {}),
  // OpenWISP's own reading: true and yes, anything else is off.
  beat("1", {}),
  beat("", {}),
  { ...beat("True", {}, { state: "exited" }), what: "celerybeat with its collector on, but stopped" },
  { ...beat("True", HELD, { state: "paused" }), what: "celerybeat with its collector on, paused" },
  { ...beat("True", HELD, { image: "acme/wifi:7" }), what: "celerybeat of a custom image" },
  {
    what: "the collector is on everywhere but in celerybeat, which alone runs it",
    containers: [
      dashboard({ env: { METRIC_COLLECTION: "True" } }),
      celery({ env: { METRIC_COLLECTION: "True" } }),
      celerybeat(),
    ],
    expected: {},
  },
  {
    what: "celerybeat of another project has its collector on",
    containers: [
      foreign("metrics", { image: "openwisp/openwisp-metrics:0.1.0" }),
      dashboard(),
      dashboard({ project: "test" }),
      celerybeat({ project: "test", env: { METRIC_COLLECTION: "True" } }),
    ],
    viewpoint: { own: "metrics" },
    expected: {},
  },
  {
    what: "celerybeat stands alone and has its collector on",
    containers: [celerybeat({ env: { METRIC_COLLECTION: "True" } }), nginx()],
    expected: HELD,
  },
  ...["True", "yes"].map(
    (value): Deployment => ({
      what: `a development installation: DEBUG_MODE=${value}`,
      containers: [
        dashboard({ env: { DEBUG_MODE: value } }),
        celerybeat({ env: { METRIC_COLLECTION: "True", DEBUG_MODE: value } }),
      ],
      expected: { hold: "development", decision: "nothing" },
    }),
  ),
  {
    what: "an upgrade while held",
    containers: [dashboard(), celerybeat({ env: { METRIC_COLLECTION: "True" } })],
    baseline: baselineOf("24.11.0"),
    heartbeatDue: true,
    expected: HELD,
  },
];

const FIRST: readonly Deployment[] = [
  { what: "just installed", engine: { volumes: [0.2], networks: [0.2] }, expected: {} },
  { what: "installed 23 hours ago", engine: { volumes: [23], networks: [0.2] }, expected: {} },
  {
    what: "recreated today over an old volume",
    engine: { volumes: [0.2, 25, 3], networks: [0.2] },
    expected: { decision: "Heartbeat, first seen" },
  },
  {
    what: "an old network, and no volumes",
    engine: { networks: [25] },
    expected: { decision: "Heartbeat, first seen" },
  },
  {
    what: "an old container of OpenWISP",
    containers: [dashboard(), celery({ hoursOld: 25 })],
    expected: { decision: "Heartbeat, first seen" },
  },
  {
    what: "an old container of the project, of others and stopped",
    containers: [dashboard(), foreign("postgres", { state: "exited", hoursOld: 25 })],
    expected: { decision: "Heartbeat, first seen" },
  },
  {
    what: "an old container of another project",
    containers: [dashboard(), foreign("postgres", { project: "shop", hoursOld: 25 })],
    expected: {},
  },
  {
    what: "an old volume of another project",
    containers: [dashboard({ project: "fresh" })],
    engine: { volumes: [1000], networks: [1000] },
    expected: {},
  },
  {
    what: "no trace of when it was installed",
    containers: [dashboard({ listed: { Created: -62135596800 } })],
    engine: { volumes: [-1] },
    expected: {},
  },
];

const against = (
  what: string,
  release: string,
  changes: Record<string, string | undefined>,
  expected: Partial<Seen>,
  more: Partial<Deployment> = {},
): Deployment => ({ what, baseline: baselineOf(release, changes), expected, ...more });

const DUE = { heartbeatDue: true };
const DAILY = { decision: "Heartbeat" } as const;
const NOTHING = { decision: "nothing" } as const;

const LATER: readonly Deployment[] = [
  against("nothing changed", "25.10.4", {}, NOTHING),
  against("nothing changed, and a day went by", "25.10.4", {}, DAILY, DUE),
  against(
    "25.10.3 became 25.10.4",
    "25.10.3",
    {},
    {
      decision: "Upgrade",
      changes: ["openwisp-notifications 1.2.2 → 1.2.3", "OpenWISP Version 25.10.3 → 25.10.4"],
    },
  ),
  against(
    "24.0.0a, as an early version took it for, became 25.10.4",
    "25.10.4",
    { "OpenWISP Version": "24.0.0a" },
    {
      decision: "Upgrade",
      changes: ["OpenWISP Version 24.0.0a → 25.10.4"],
    },
  ),
  against("latest became another image of the same release", "25.10.4", {}, NOTHING, {
    containers: [dashboard({ image: "openwisp/openwisp-dashboard:latest" })],
  }),
  against(
    "one module was upgraded with pip",
    "25.10.4",
    { "openwisp-controller": "1.2" },
    {
      decision: "Upgrade",
      changes: ["openwisp-controller 1.2 → 1.2.3"],
    },
  ),
  against(
    "the same version in another spelling",
    "25.10.4",
    { "openwisp-network-topology": "1.2.0" },
    DAILY,
    DUE,
  ),
  against(
    "a module was switched on",
    "25.10.4",
    { "openwisp-radius": undefined },
    {
      decision: "Upgrade",
      changes: ["openwisp-radius is new"],
    },
  ),
  against(
    "a module was switched off",
    "25.10.4",
    {},
    { ...DAILY, modules: modulesOf("25.10.4", "METADATA", { "openwisp-radius": undefined }) },
    { ...DUE, containers: [dashboard({ env: { USE_OPENWISP_RADIUS: "False" } })] },
  ),
  against(
    "a downgrade",
    "25.10.4",
    {},
    { ...DAILY, version: "24.11.2 from release tag", modules: modulesOf("24.11.2") },
    { ...DUE, containers: [dashboard({ release: "24.11.2" })] },
  ),
  against(
    "a fork with a local suffix came in place of the same version",
    "25.10.4",
    {},
    {
      ...NOTHING,
      heldBack: ["OpenWISP Version 25.10.4+acme"],
    },
    { containers: [dashboard({ files: { [`${PROJECT_FILES}/VERSION`]: "25.10.4+acme" } })] },
  ),
  against("a kernel patch level", "25.10.4", {}, NOTHING, {
    engine: { info: { ...INFO, KernelVersion: "6.1.0-31-amd64" } },
  }),
  against(
    "another kernel",
    "25.10.4",
    {},
    {
      kernel: "6.12.48+deb13 from engine info",
      decision: "Upgrade",
      changes: ["kernel_version 6.1.0 → 6.12.48+deb13"],
    },
    { engine: { info: { ...INFO, KernelVersion: "6.12.48+deb13-amd64" } } },
  ),
  against(
    "another distribution",
    "25.10.4",
    { os_version: "Debian GNU/Linux 11 (bullseye)" },
    {
      decision: "Upgrade",
      changes: ["os_version Debian GNU/Linux 11 (bullseye) → Debian GNU/Linux 12 (bookworm)"],
    },
  ),
  against(
    "the machine was exchanged for another platform",
    "25.10.4",
    { hardware_platform: "aarch64" },
    {
      decision: "Upgrade",
      changes: ["hardware_platform aarch64 → x86_64"],
    },
  ),
  against(
    "the proxy does not allow files any more",
    "25.10.4",
    {},
    { ...WITHOUT_FILES, ...DAILY },
    {
      ...DUE,
      engine: { refuses: ["archive"] },
    },
  ),
  against(
    "the proxy does not allow files any more, and a module is older than the release's own",
    "25.10.4",
    { "openwisp-radius": "1.1.1" },
    { ...WITHOUT_FILES, ...NOTHING },
    { engine: { refuses: ["archive"] } },
  ),
  against(
    // Taken for one that was switched on: without files nothing tells the two apart.
    "the proxy does not allow files any more, and a module is not in INSTALLED_APPS",
    "25.10.4",
    { "openwisp-radius": undefined },
    { ...WITHOUT_FILES, decision: "Upgrade", changes: ["openwisp-radius is new"] },
    { engine: { refuses: ["archive"] } },
  ),
  against(
    "the proxy does not allow files any more, and the release is newer",
    "25.10.3",
    {},
    {
      ...WITHOUT_FILES,
      decision: "Upgrade",
      changes: ["openwisp-notifications 1.2.2 → 1.2.3", "OpenWISP Version 25.10.3 → 25.10.4"],
    },
    { engine: { refuses: ["archive"] } },
  ),
  against(
    "the proxy does not allow the host's facts any more",
    "25.10.4",
    {},
    {
      ...NOTHING,
      os: undefined,
      kernel: undefined,
      platform: undefined,
      warnings: [/host: refused/, /its version/],
    },
    { engine: { refuses: ["info", "version"] } },
  ),
  against(
    "the host's facts may be read now",
    "25.10.4",
    { os_version: undefined, kernel_version: undefined },
    NOTHING,
  ),
];

export const REPORTS: readonly Deployment[] = [...HOLDS, ...FIRST, ...LATER];
