import {
  api,
  baselineOf,
  celery,
  celerybeat,
  container,
  type Deployment,
  dashboard,
  digest,
  foreign,
  modulesOf,
  nginx,
} from "./deployments.ts";

const SIDECAR = {
  image: "openwisp/openwisp-metrics:0.1.0",
  // It reads the .env of OpenWISP, too.
  env: { METRIC_COLLECTION: "True", USE_OPENWISP_RADIUS: "False", DEBUG_MODE: "True" },
};
const sidecar = (project?: string) => foreign("metrics", { ...SIDECAR, ...(project && { project }) });
const test = { project: "test", release: "24.11.2" };
const TEST_SEEN = { version: "24.11.2 from release tag", modules: modulesOf("24.11.2") } as const;
const BOTH = [sidecar(), dashboard(), nginx(), dashboard(test), celerybeat(test)];

const INSTALLATIONS: readonly Deployment[] = [
  {
    what: "a whole docker-openwisp with its databases",
    containers: [
      sidecar(),
      ...["dashboard", "api", "websocket", "celery", "celery_monitoring", "celerybeat"].map((it) =>
        container(it),
      ),
      ...["nginx", "freeradius", "postfix", "openvpn"].map((it) => container(it)),
      ...["postgres", "redis", "influxdb"].map((it) => foreign(it)),
    ],
    viewpoint: { own: "metrics" },
    expected: {},
  },
  {
    what: "two projects, of which one is ours",
    containers: BOTH,
    viewpoint: { own: "metrics" },
    expected: {},
  },
  {
    what: "two projects, and nobody knows which one is ours",
    containers: BOTH,
    expected: { unknown: "openwisp", because: /several OpenWISP installations.*OPENWISP_PROJECT/ },
  },
  {
    what: "two projects, of which OPENWISP_PROJECT names one",
    containers: BOTH,
    viewpoint: { own: "metrics", project: "test" },
    expected: TEST_SEEN,
  },
  {
    what: "OPENWISP_PROJECT names a project that is not there",
    containers: BOTH,
    viewpoint: { own: "metrics", project: "prod" },
    expected: { unknown: "openwisp", because: /OPENWISP_PROJECT names.*runs in .*test/ },
  },
  {
    what: "the sidecar in a project of its own",
    containers: [sidecar("metrics"), dashboard(), nginx()],
    viewpoint: { own: "metrics" },
    expected: {
      unknown: "openwisp",
      because: /project of this container.*docker-openwisp: set OPENWISP_PROJECT/,
    },
  },
  {
    what: "the sidecar in a project of its own, told which one is meant",
    containers: [sidecar("metrics"), dashboard(), nginx()],
    viewpoint: { own: "metrics", project: "docker-openwisp" },
    expected: {},
  },
  {
    what: "the sidecar outside of compose",
    containers: [foreign("metrics", { ...SIDECAR, project: null }), dashboard()],
    viewpoint: { own: "metrics" },
    expected: {},
  },
  {
    what: "another project is stopped",
    containers: [dashboard(), dashboard({ ...test, state: "exited" })],
    expected: {},
  },
  {
    what: "our project is stopped and another one runs",
    containers: [sidecar(), dashboard({ state: "exited" }), dashboard(test)],
    viewpoint: { own: "metrics" },
    expected: { unknown: "openwisp", because: /no OpenWISP container is running in the project of this/ },
  },
  {
    what: "containers without compose",
    containers: [dashboard({ project: null, name: "wifi" }), celery({ project: null })],
    expected: {},
  },
  {
    what: "old containers without compose",
    containers: [dashboard({ project: null, name: "wifi" }), celery({ project: null, hoursOld: 25 })],
    expected: { decision: "Heartbeat, first seen" },
  },
  {
    what: "services of a swarm, without a stack",
    containers: ["dashboard", "celery", "nginx"].map((it) =>
      container(it, {
        project: null,
        name: `${it}.1.x0y1`,
        image: `openwisp/openwisp-${it === "celery" ? "dashboard" : it}:25.10.4@${digest}`,
        labels: { "com.docker.swarm.service.name": it },
      }),
    ),
    expected: {},
  },
  {
    what: "a stack of a swarm, with an old volume",
    containers: [dashboard({ project: null, labels: { "com.docker.stack.namespace": "docker-openwisp" } })],
    engine: { volumes: [500] },
    expected: { decision: "Heartbeat, first seen" },
  },
  {
    what: "two stacks of a swarm, of which OPENWISP_PROJECT names one",
    containers: ["one", "two"].map((stack, index) =>
      dashboard({
        project: null,
        name: `${stack}_dashboard.1.x0y1`,
        release: ["25.10.4", "24.11.2"][index] ?? "",
        labels: { "com.docker.stack.namespace": stack },
      }),
    ),
    viewpoint: { project: "two" },
    expected: TEST_SEEN,
  },
];

const STATES: readonly Deployment[] = [
  {
    what: "services in several containers",
    containers: [
      dashboard(),
      api(),
      api({ name: "docker-openwisp-api-2" }),
      dashboard({ name: "dashboard-2" }),
    ],
    expected: {},
  },
  {
    what: "the dashboard is stopped, celery runs",
    containers: [celery(), dashboard({ state: "exited", env: { USE_OPENWISP_RADIUS: "False" } }), nginx()],
    expected: {},
  },
  {
    what: "the dashboard restarts over and over, with a newer release than celery",
    containers: [dashboard({ state: "restarting" }), celery({ release: "25.10.3" })],
    baseline: baselineOf("25.10.3"),
    expected: {
      version: "25.10.3 from VERSION file",
      modules: modulesOf("25.10.3"),
      decision: "nothing",
    },
  },
  {
    what: "only the api runs",
    containers: [api(), nginx(), dashboard({ state: "created" })],
    expected: {},
  },
  {
    what: "all is stopped",
    containers: [dashboard({ state: "exited" }), celery({ state: "exited" }), nginx({ state: "dead" })],
    expected: { unknown: "openwisp", because: /no OpenWISP container is running; is OpenWISP started/ },
  },
  {
    what: "all restarts",
    containers: [dashboard({ state: "restarting" }), celery({ state: "restarting" })],
    expected: { unknown: "openwisp", because: /no OpenWISP container is running/ },
  },
  {
    what: "all is paused",
    containers: [dashboard({ state: "paused" }), celery({ state: "paused" })],
    expected: {},
  },
  {
    what: "nothing runs at all",
    containers: [],
    expected: { unknown: "openwisp", because: /no OpenWISP container is running/ },
  },
  {
    what: "only nginx runs",
    containers: [nginx(), foreign("postgres")],
    expected: { unknown: "openwisp", because: /only containers without its modules/ },
  },
  {
    what: "a rolling upgrade: the newer dashboard counts",
    containers: [dashboard({ name: "new" }), dashboard({ release: "25.10.3", name: "old", hoursOld: 90 })],
    baseline: baselineOf("25.10.3"),
    expected: {
      warnings: [/several versions.*25\.10\.[34], 25\.10\.[34]/],
      decision: "Upgrade",
      changes: ["openwisp-notifications 1.2.2 → 1.2.3", "OpenWISP Version 25.10.3 → 25.10.4"],
    },
  },
  {
    what: "a rollback: the newer dashboard, of the older release, counts",
    containers: [dashboard({ release: "25.10.3", name: "new" }), dashboard({ name: "old", hoursOld: 90 })],
    baseline: baselineOf("25.10.4"),
    expected: {
      version: "25.10.3 from VERSION file",
      modules: modulesOf("25.10.3"),
      warnings: [/several versions/],
      decision: "nothing",
    },
  },
  {
    what: "celery was left behind by an upgrade",
    containers: [dashboard(), celery({ release: "25.10.2" }), nginx()],
    expected: { warnings: [/several versions/] },
  },
  {
    what: "celery was left behind by an upgrade of latest",
    containers: [
      dashboard({ image: "openwisp/openwisp-dashboard:latest" }),
      celery({ release: "25.10.2", image: digest, createdFrom: "openwisp/openwisp-dashboard:latest" }),
    ],
    expected: { warnings: [/several versions/] },
  },
];

const IGNORED = { labels: { "io.openwisp.metrics.ignore": "true" } };

const NEIGHBOURS: readonly Deployment[] = [
  {
    what: "a dashboard that asks to be ignored",
    containers: [dashboard({ ...IGNORED, release: "24.11.0", name: "staging" }), dashboard({ hoursOld: 2 })],
    expected: {},
  },
  {
    what: "an image that asks to be ignored",
    containers: [
      dashboard({ release: "24.11.0", name: "staging", imageLabels: IGNORED.labels }),
      dashboard({ hoursOld: 2 }),
    ],
    expected: {},
  },
  {
    what: "all ask to be ignored",
    containers: [dashboard(IGNORED), celery(IGNORED)],
    expected: { unknown: "openwisp", because: /no OpenWISP container is running/ },
  },
  {
    what: "services of others that read OpenWISP's .env",
    containers: [
      foreign("scripts", {
        image: "python:3.12",
        env: { PYTHON_VERSION: "3.12.1", USE_OPENWISP_RADIUS: "False", METRIC_COLLECTION: "True" },
      }),
      foreign("mirror", { image: "acme/my-openwisp-dashboard:1", env: { MODULE_NAME: "celerybeat" } }),
      dashboard(),
    ],
    expected: {},
  },
];

export const PROJECTS: readonly Deployment[] = [...INSTALLATIONS, ...STATES, ...NEIGHBOURS];
