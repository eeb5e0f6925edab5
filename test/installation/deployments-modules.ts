import type { EvidenceSource } from "../../src/installation/evidence.ts";
import {
  celery,
  type Deployment,
  dashboard,
  modulesOf,
  PROJECT_FILES,
  type Value,
  WITHOUT_FILES,
} from "./deployments.ts";

const PACKAGES = "/usr/local/lib/python3.14/site-packages";
const CONTROLLER = `${PACKAGES}/openwisp_controller-1.2.3.dist-info/METADATA`;
const CONTROLLER_TUPLE = `${PACKAGES}/openwisp_controller/__init__.py`;
const SETTINGS = `${PROJECT_FILES}/module_settings.py`;
const LATEST = "openwisp/openwisp-dashboard:latest";

const changed = (changes: Record<string, Value | undefined>, source?: EvidenceSource) => ({
  modules: modulesOf("25.10.4", source, changes),
});

const VERSIONS: readonly Deployment[] = [
  {
    what: "METADATA says something else than its folder, the tuple and the table",
    containers: [dashboard({ files: { [CONTROLLER]: "Name: x\nVersion: 1.2.3.post1\n\n" } })],
    expected: changed({ "openwisp-controller": "1.2.3.post1 from METADATA" }),
  },
  {
    what: "METADATA says 1.2.0, as its folder does, where the table has 1.2",
    containers: [dashboard({ release: "25.10.0", versions: { "openwisp-radius": "1.2.0" } })],
    expected: {
      version: "25.10.0 from release tag",
      modules: modulesOf("25.10.0", "METADATA", { "openwisp-radius": "1.2.0 from METADATA" }),
    },
  },
  {
    what: "a module without METADATA",
    containers: [dashboard({ files: { [CONTROLLER]: undefined } })],
    expected: changed({ "openwisp-controller": "1.2.3 from version tuple" }),
  },
  {
    what: "a module without METADATA, whose zero the table knows to be spelled out",
    containers: [
      dashboard({
        release: "25.10.0",
        files: {
          "/usr/local/lib/python3.13/site-packages/openwisp_users-1.2.0.dist-info/METADATA": undefined,
        },
      }),
    ],
    expected: {
      version: "25.10.0 from release tag",
      modules: modulesOf("25.10.0", "METADATA", { "openwisp-users": "1.2.0 from version tuple" }),
    },
  },
  {
    what: "METADATA without a version in its header",
    containers: [dashboard({ files: { [CONTROLLER]: "Name: x\n\nVersion: 9.9\n" } })],
    expected: changed({ "openwisp-controller": "1.2.3 from version tuple" }),
  },
  {
    what: "a module of which no file is where it should be",
    containers: [dashboard({ files: { [CONTROLLER]: undefined, [CONTROLLER_TUPLE]: undefined } })],
    expected: changed({ "openwisp-controller": "1.2.3 from table of releases" }),
  },
  {
    what: "a library that is not installed",
    containers: [
      dashboard({
        files: {
          [`${PACKAGES}/netdiff-1.2.dist-info/METADATA`]: undefined,
          [`${PACKAGES}/netdiff/info.py`]: undefined,
        },
      }),
    ],
    expected: changed({ netdiff: undefined }),
  },
  {
    what: "a Python that is not docker-openwisp's",
    containers: [dashboard({ env: { PYTHON_VERSION: "3.99/../.." } })],
    expected: changed({}, "table of releases"),
  },
  {
    what: "a module upgraded with pip",
    containers: [dashboard({ image: LATEST, versions: { "openwisp-controller": "1.2.5", netdiff: "1.3" } })],
    expected: changed({ "openwisp-controller": "1.2.5 from METADATA", netdiff: "1.3 from METADATA" }),
  },
  {
    what: "a module downgraded with pip",
    containers: [dashboard({ versions: { "openwisp-radius": "1.1.1" } })],
    expected: changed({ "openwisp-radius": "1.1.1 from METADATA" }),
  },
  {
    what: "an alpha and a dev release",
    containers: [
      dashboard({
        image: "openwisp/openwisp-dashboard:edge",
        versions: { "openwisp-controller": "1.3.0a1", "openwisp-users": "1.3.dev0" },
      }),
    ],
    expected: changed({
      "openwisp-controller": "1.3.0a1 from METADATA",
      "openwisp-users": "1.3.dev0 from METADATA",
    }),
  },
  {
    what: "an alpha as OpenWISP's tuples spell it, without METADATA",
    containers: [
      dashboard({
        files: { [CONTROLLER]: undefined, [CONTROLLER_TUPLE]: 'VERSION = (1, 3, 0, "alpha", 1)\n' },
      }),
    ],
    expected: changed({ "openwisp-controller": "1.3a1 from version tuple" }),
  },
  {
    what: "a fork with a local suffix in METADATA",
    containers: [dashboard({ files: { [CONTROLLER]: "Version: 1.2.3+acme.1\n" } })],
    expected: {
      modules: modulesOf("25.10.4"),
      heldBack: ["openwisp-controller 1.2.3+acme.1"],
    },
  },
  {
    what: "a fork with a local suffix in its folder's name, too, which nobody can guess",
    containers: [
      dashboard({
        files: {
          [CONTROLLER]: undefined,
          [CONTROLLER.replace("1.2.3", "1.2.3+acme")]: "Version: 1.2.3+acme\n",
        },
      }),
    ],
    expected: changed({ "openwisp-controller": "1.2.3 from version tuple" }),
  },
  {
    what: "METADATA with a version that is none",
    containers: [dashboard({ files: { [CONTROLLER]: "Version: <b>1</b>\n" } })],
    expected: changed({ "openwisp-controller": "1.2.3 from version tuple" }),
  },
  {
    what: "a label of a module, on the container",
    containers: [dashboard({ labels: { "io.openwisp.module.openwisp-controller": "1.2.4" } })],
    expected: changed({ "openwisp-controller": "1.2.4 from label" }),
  },
  {
    what: "a label of a module, on the image",
    containers: [dashboard({ imageLabels: { "io.openwisp.module.netdiff": "1.3" } })],
    expected: changed({ netdiff: "1.3 from label" }),
  },
  {
    what: "labels of modules that OpenWISP does not have or that are switched off",
    containers: [
      dashboard({
        labels: { "io.openwisp.module.openwisp-acme": "1.0", "io.openwisp.module.openwisp-radius": "1.2" },
        env: { USE_OPENWISP_RADIUS: "False" },
      }),
    ],
    expected: changed({ "openwisp-radius": undefined }),
  },
];

const ENABLED: readonly Deployment[] = [
  {
    what: "apps that are not OpenWISP's, and one that only sounds like it",
    containers: [
      dashboard({
        files: {
          [SETTINGS]:
            'INSTALLED_APPS = [\n"acme", "openwisp_acme.wifi",\n"openwisp_users", "openwisp_controller_x"\n]\n',
        },
      }),
    ],
    expected: {
      modules: only("openwisp-users"),
      heldBack: ["openwisp_acme", "openwisp_controller_x"],
    },
  },
  {
    what: "settings that cannot be understood",
    containers: [dashboard({ files: { [SETTINGS]: "from .acme import *\n" } })],
    expected: { enabled: "usual list" },
  },
  {
    what: "the switches of the main container count, not those of the others",
    containers: [dashboard(), celery({ env: { USE_OPENWISP_RADIUS: "False" } })],
    expected: {},
  },
  ...[
    "RADIUS radius",
    "TOPOLOGY network-topology",
    "FIRMWARE firmware-upgrader",
    "MONITORING monitoring",
  ].map((pair): Deployment => {
    const [suffix, module] = pair.split(" ");
    return {
      what: `USE_OPENWISP_${suffix}=False`,
      containers: [dashboard({ env: { [`USE_OPENWISP_${suffix}`]: "False" } })],
      expected: changed({ [`openwisp-${module}`]: undefined }),
    };
  }),
  ...["true", "TRUE", "yes", "Yes"].map((value) => switched(value, {})),
  ...["no", "false", "FALSE", "", "1", "on", "enabled"].map((value) =>
    switched(value, { "openwisp-radius": undefined }),
  ),
  {
    what: "no switch at all in the environment",
    containers: [dashboard({ env: { USE_OPENWISP_RADIUS: undefined } })],
    expected: {},
  },
  {
    what: "every switch off, where no file may be read",
    containers: [
      dashboard({
        env: {
          USE_OPENWISP_RADIUS: "False",
          USE_OPENWISP_TOPOLOGY: "no",
          USE_OPENWISP_FIRMWARE: "",
          USE_OPENWISP_MONITORING: "off",
        },
      }),
    ],
    engine: { refuses: ["archive"] },
    expected: {
      ...WITHOUT_FILES,
      ...changed(
        {
          "openwisp-radius": undefined,
          "openwisp-network-topology": undefined,
          "openwisp-firmware-upgrader": undefined,
          "openwisp-monitoring": undefined,
        },
        "table of releases",
      ),
    },
  },
];

function switched(value: string, changes: Record<string, undefined>): Deployment {
  return {
    what: `USE_OPENWISP_RADIUS=${value || "(empty)"}`,
    containers: [dashboard({ env: { USE_OPENWISP_RADIUS: value } })],
    expected: changed(changes),
  };
}

function only(...names: string[]): Record<string, Value> {
  const isWanted = (name: string) => names.includes(name) || !name.startsWith("openwisp-");
  return Object.fromEntries(Object.entries(modulesOf("25.10.4")).filter(([name]) => isWanted(name)));
}

export const MODULES: readonly Deployment[] = [...VERSIONS, ...ENABLED];
