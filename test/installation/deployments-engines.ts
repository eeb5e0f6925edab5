import type { HostSource } from "../../src/installation/host.ts";
import {
  celery,
  container,
  type Deployment,
  dashboard,
  foreign,
  modulesOf,
  nginx,
  WITHOUT_FILES,
} from "./deployments.ts";

const OS_RELEASE: HostSource = [
  "os-release of the host",
  "/host/etc/os-release",
  { operatingSystem: "Debian GNU/Linux 13 (trixie)" },
];
const THIS_HOST: HostSource = [
  "this host",
  "systeminformation",
  { kernelVersion: "6.12.48-1", architecture: "arm64" },
];
const INFO = {
  OperatingSystem: "Debian GNU/Linux 12 (bookworm)",
  KernelVersion: "6.1.0-28-amd64",
  Architecture: "x86_64",
};
/** It puts the distribution's version apart. */
const PODMAN = { OperatingSystem: "fedora", OSVersion: "39", BuildahVersion: "1.31.2" };
const BY_VERSION = {
  os: undefined,
  kernel: "6.1.0 from engine version",
  platform: "x86_64 from engine version",
} as const;

const PROXIES: readonly Deployment[] = [
  {
    what: "a proxy that refuses files",
    engine: { refuses: ["archive"] },
    expected: WITHOUT_FILES,
  },
  {
    what: "a proxy that refuses images",
    containers: [dashboard({ release: "25.10.2" })],
    engine: { refuses: ["images"] },
    expected: {
      version: "25.10.2 from release tag",
      modules: modulesOf("25.10.2"),
      warnings: [/details of an image: refused/],
    },
  },
  {
    what: "a proxy that refuses the host's facts",
    engine: { refuses: ["info"] },
    expected: { ...BY_VERSION, warnings: [/facts of the host: refused/] },
  },
  {
    what: "a proxy that refuses the host's facts, where /etc/os-release is mounted",
    engine: { refuses: ["info"] },
    viewpoint: { localHost: [OS_RELEASE, THIS_HOST] },
    expected: {
      ...BY_VERSION,
      os: "Debian GNU/Linux 13 (trixie) from os-release of the host",
      warnings: [/facts of the host: refused/],
    },
  },
  {
    what: "a proxy that refuses volumes, beside an old network",
    engine: { refuses: ["volumes"], networks: [1000] },
    expected: { decision: "Heartbeat, first seen" },
  },
  {
    what: "a proxy that refuses networks, beside an old volume",
    engine: { refuses: ["networks"], volumes: [1000] },
    expected: { decision: "Heartbeat, first seen" },
  },
  {
    what: "a proxy that allows to list and inspect containers alone",
    engine: { refuses: ["archive", "images", "info", "version", "volumes", "networks"], volumes: [1000] },
    viewpoint: { localHost: [THIS_HOST] },
    expected: {
      ...WITHOUT_FILES,
      os: undefined,
      kernel: "6.12.48 from this host",
      platform: "aarch64 from this host",
      warnings: [/an image: refused/, /a file of a container: refused/, /the host: refused/, /its version/],
    },
  },
  {
    what: "a proxy on another machine that allows to list and inspect containers alone",
    containers: [dashboard({ image: "openwisp/openwisp-dashboard:edge", hoursOld: 48 })],
    engine: { refuses: ["archive", "images", "info", "version", "volumes", "networks"] },
    expected: {
      ...WITHOUT_FILES,
      version: undefined,
      modules: {},
      os: undefined,
      kernel: undefined,
      platform: undefined,
      warnings: [/an image: refused/, /a file of a container: refused/, /the host: refused/, /its version/],
      decision: "Heartbeat, first seen",
    },
  },
  {
    what: "a proxy that allows to list containers alone",
    engine: { refuses: ["inspect"] },
    expected: { unknown: "engine", because: /details of a container: refused.*proxy/ },
  },
  {
    what: "a proxy that refuses all",
    engine: { refuses: ["list"] },
    expected: { unknown: "engine", because: /list of containers: refused.*proxy/ },
  },
  {
    what: "an engine that never answers",
    engine: { hangsAt: "list" },
    expected: { unknown: "engine", because: /list of containers: no answer in time/ },
  },
  {
    what: "an engine that never ends a file",
    engine: { hangsAt: "archive" },
    expected: { ...WITHOUT_FILES, warnings: [/a file of a container: no answer in time/] },
  },
  {
    what: "another service whose details the engine fails to give",
    containers: [dashboard(), foreign("postgres", { inspected: 500 })],
    expected: { warnings: [/details of a container: HTTP 500/] },
  },
];

const host = (what: string, info: object, expected: Deployment["expected"], more = {}): Deployment => ({
  what,
  engine: { info: { ...INFO, ...info }, version: { KernelVersion: "", Arch: "" } },
  ...more,
  expected,
});
const MOUNTED = { viewpoint: { localHost: [OS_RELEASE, THIS_HOST] } };
const FROM_MOUNT = { os: "Debian GNU/Linux 13 (trixie) from os-release of the host" } as const;

const HOSTS: readonly Deployment[] = [
  host(
    "Podman",
    { ...PODMAN, KernelVersion: "6.5.5-300.fc39.x86_64", Architecture: "amd64" },
    { os: "fedora 39 from engine info", kernel: "6.5.5 from engine info" },
  ),
  host("an arm64 board", { Architecture: "arm64" }, { platform: "aarch64 from engine info" }),
  host("a 32 bit board", { Architecture: "armv7l" }, { platform: "armv7l from engine info" }),
  host(
    "Docker Desktop on Windows",
    { OperatingSystem: "Docker Desktop", KernelVersion: "6.6.87.2-microsoft-standard-WSL2" },
    { os: "Docker Desktop from engine info", kernel: "6.6.87.2 from engine info" },
  ),
  host("an engine in a container", { OperatingSystem: `${INFO.OperatingSystem} (containerized)` }, {}),
  host("an engine that does not tell the distribution", { OperatingSystem: "" }, { os: undefined }),
  host(
    "an engine that does not tell the distribution, where /etc/os-release is mounted",
    { OperatingSystem: "" },
    FROM_MOUNT,
    MOUNTED,
  ),
  // moby 17 to 20 (daemon/info.go) has "<unknown>" for both; libpod's GetHostDistributionInfo has "unknown".
  host("Docker that does not know the distribution", { OperatingSystem: "<unknown>" }, { os: undefined }),
  host(
    "Docker that does not know the distribution, where /etc/os-release is mounted",
    { OperatingSystem: "<unknown>" },
    FROM_MOUNT,
    MOUNTED,
  ),
  host(
    "Docker that does not know the kernel",
    { KernelVersion: "<unknown>" },
    { kernel: "6.12.48 from this host" },
    MOUNTED,
  ),
  host(
    "Podman that does not know the distribution",
    { ...PODMAN, OperatingSystem: "unknown", OSVersion: "unknown" },
    { os: undefined },
  ),
  host(
    "an engine that tells nothing of its host",
    { OperatingSystem: null, KernelVersion: undefined, Architecture: 64 },
    { os: undefined, kernel: undefined, platform: undefined },
  ),
];

const ANSWERS: readonly Deployment[] = [
  {
    what: "no names, labels and dates",
    containers: [dashboard({ listed: { Names: null, Labels: null, Created: 0 } })],
    expected: {},
  },
  {
    what: "a container without an environment",
    containers: [
      dashboard({ inspected: { Config: { Image: "openwisp/openwisp-dashboard:25.10.4", Env: null } } }),
    ],
    expected: { modules: modulesOf("25.10.4", "table of releases") },
  },
  {
    what: "details that say nothing",
    containers: [dashboard({ inspected: { Config: null, State: null, Created: null } })],
    expected: { modules: modulesOf("25.10.4", "table of releases") },
  },
  {
    what: "no ids of images",
    containers: [
      foreign("postgres", { listed: { ImageID: null } }),
      dashboard({ listed: { ImageID: null } }),
      foreign("redis", { listed: { ImageID: undefined } }),
    ],
    expected: {},
  },
  {
    what: "entries of the list that are no containers",
    containers: [
      foreign("a", { listed: { Id: null } }),
      foreign("b", { listed: { Id: "../../images", Names: 7 } }),
      dashboard(),
    ],
    expected: {},
  },
  {
    what: "the zero date for volumes and networks",
    engine: { volumes: [-1], networks: [-1, 2] },
    expected: {},
  },
  {
    what: "Podman with its pause container, names without a slash and dates in words",
    containers: [
      foreign("infra", { image: "localhost/podman-pause:4.3.1-0", project: null }),
      dashboard({
        image: "docker.io/openwisp/openwisp-dashboard:25.10.4",
        listed: {
          Names: ["docker-openwisp_dashboard_1"],
          State: "Running",
          Created: "2026-01-02T03:04:05.123456789Z",
        },
      }),
    ],
    expected: { decision: "Heartbeat, first seen" },
  },
  {
    what: "a container that was removed since it was listed",
    containers: [celery(), dashboard({ inspected: "gone" }), nginx()],
    expected: {},
  },
  {
    what: "all containers were removed since they were listed",
    containers: [dashboard({ inspected: "gone" }), container("websocket", { inspected: "gone" })],
    expected: { unknown: "openwisp", because: /no OpenWISP container is running/ },
  },
];

export const ENGINES: readonly Deployment[] = [...PROXIES, ...HOSTS, ...ANSWERS];
