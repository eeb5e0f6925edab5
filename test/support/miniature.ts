import type { ContainerSpec, ImageSpec } from "./engine-images.ts";

/** A docker-openwisp installation as small as it can be and still hold every file that is read. */
export interface Miniature {
  readonly images: ImageSpec[];
  readonly containers: ContainerSpec[];
}

export interface MiniatureOptions {
  readonly project?: string;
  /** Image names are `<owner>/openwisp-<role>:<tag>`; the tag is the release unless told otherwise. */
  readonly owner?: string;
  readonly tag?: string;
  /** Set on every service, as `.env` does. */
  readonly environment?: Record<string, string>;
  readonly services?: readonly string[];
  /** Distribution versions in place of the release's own. */
  readonly versions?: Record<string, string>;
}

interface Contents {
  readonly python: string;
  /** `__openwisp_version__`; undefined where a VERSION file holds the release. */
  readonly literal?: string;
  readonly versions: Record<string, string>;
}

/** What is inside the releases, written down from the images and not taken from the program's own table. */
export const CONTENTS: Readonly<Record<string, Contents>> = {
  "24.11.0": {
    python: "3.12.7",
    literal: "24.0.0a",
    versions: v("1.1 1.1 1.1 1.1.1 1.1.1 1.1 1.1 1.1.0 1.1.1 1.1 1.1"),
  },
  "24.11.1": {
    python: "3.12.7",
    literal: "24.11.1",
    versions: v("1.1 1.1 1.1 1.1.1 1.1.1 1.1 1.1 1.1.0 1.1.1 1.1 1.1"),
  },
  "24.11.2": {
    python: "3.12.8",
    literal: "24.11.2",
    versions: v("1.1 1.1 1.1 1.1.1 1.1.1 1.1 1.1 1.1.0 1.1.1 1.1 1.1"),
  },
  "25.10.0": {
    python: "3.13.9",
    literal: "25.10.0",
    versions: v("1.2 1.2 1.2.post1 1.2 1.2 1.2 1.2 1.2.0 1.2 1.2 1.2"),
  },
  "25.10.1": {
    python: "3.13.11",
    literal: "25.10.1",
    versions: v("1.2 1.2 1.2.post1 1.2 1.2 1.2.1 1.2 1.2.0 1.2.1 1.2 1.2"),
  },
  "25.10.2": {
    python: "3.14.2",
    literal: "25.10.1",
    versions: v("1.2 1.2.1 1.2.post1 1.2 1.2 1.2.1 1.2 1.2.0 1.2.2 1.2 1.2"),
  },
  "25.10.3": {
    python: "3.14.3",
    versions: v("1.2.3 1.2.1 1.2.post1 1.2.1 1.2 1.2.2 1.2.2 1.2.2 1.2.2 1.2 1.2.1"),
  },
  "25.10.4": {
    python: "3.14.3",
    versions: v("1.2.3 1.2.1 1.2.post1 1.2.1 1.2 1.2.3 1.2.2 1.2.2 1.2.2 1.2 1.2.1"),
  },
};

/** Service → image role, as in docker-openwisp's docker-compose.yml. */
const SERVICES: Readonly<Record<string, string>> = {
  dashboard: "dashboard",
  api: "api",
  websocket: "websocket",
  celery: "dashboard",
  celery_monitoring: "dashboard",
  celerybeat: "dashboard",
  nginx: "nginx",
  freeradius: "freeradius",
  postfix: "postfix",
  openvpn: "openvpn",
};
const PYTHON_ROLES = ["dashboard", "api", "websocket"];

/** The installation that `docker compose up` of this release makes, with the in-process collector switched off. */
export function miniature(release: string, options: MiniatureOptions = {}): Miniature {
  const {
    project = "docker-openwisp",
    owner = "openwisp",
    tag = release,
    environment = { METRIC_COLLECTION: "False" },
    services = Object.keys(SERVICES),
    versions,
  } = options;
  const contents = CONTENTS[release];
  if (!contents) throw new Error(`no miniature of release ${release}`);
  const inside = { ...contents, versions: versions ?? contents.versions };
  const reference = (service: string) => `${owner}/openwisp-${SERVICES[service]}:${tag}`;
  const roles = [...new Set(services.map((it) => SERVICES[it] ?? it))];
  return {
    images: roles.map((role) => ({
      reference: `${owner}/openwisp-${role}:${tag}`,
      env: PYTHON_ROLES.includes(role) ? pythonEnvironment(role, inside) : { MODULE_NAME: role },
      files: PYTHON_ROLES.includes(role) ? pythonFiles(release, inside) : {},
      links: { "/opt/openwisp/openwisp2": "/opt/openwisp/openwisp" },
    })),
    containers: services.map((service) => ({
      name: `${project}-${service}-1`,
      image: reference(service),
      env: { ...(service.startsWith("celery") && { MODULE_NAME: service }), ...environment },
      labels: { "com.docker.compose.project": project, "com.docker.compose.service": service },
    })),
  };
}

function pythonEnvironment(role: string, { python }: Contents): Record<string, string> {
  return {
    MODULE_NAME: role,
    PYTHON_VERSION: python,
    METRIC_COLLECTION: "True",
    DEBUG_MODE: "False",
    USE_OPENWISP_RADIUS: "True",
    USE_OPENWISP_TOPOLOGY: "True",
    USE_OPENWISP_FIRMWARE: "True",
    USE_OPENWISP_MONITORING: "True",
  };
}

function pythonFiles(release: string, { python, literal, versions }: Contents): Record<string, string> {
  const packages = `/usr/local/lib/python${python.split(".").slice(0, 2).join(".")}/site-packages`;
  const files: Record<string, string> = {
    "/opt/openwisp/openwisp/__init__.py": [
      "from .celery import app as celery_app",
      "",
      '__all__ = ["celery_app"]',
      `__openwisp_version__ = "${literal ?? release}"`,
      '__openwisp_installation_method__ = "docker-openwisp"',
      "",
    ].join("\n"),
    "/opt/openwisp/openwisp/module_settings.py": moduleSettings(),
  };
  if (literal === undefined) files["/opt/openwisp/openwisp/VERSION"] = `${release}\n`;
  for (const [name, version] of Object.entries(versions)) {
    const folder = name.replaceAll("-", "_");
    const tuple = /netdiff/.test(name)
      ? "info.py"
      : /netjsonconfig/.test(name)
        ? "version.py"
        : "__init__.py";
    files[`${packages}/${folder}/${tuple}`] =
      `VERSION = ${versionTuple(version)}\n__version__ = VERSION  # alias\n`;
    files[`${packages}/${folder}-${version}.dist-info/METADATA`] = metadata(name, version);
  }
  return files;
}

function metadata(name: string, version: string): string {
  return [
    "Metadata-Version: 2.4",
    `Name: ${name}`,
    `Version: ${version}`,
    "Summary: a module of OpenWISP",
    "",
    "Changelog",
    "Version: 99.0.0",
    "",
  ].join("\n");
}

/** `1.2` and `1.2.0` are both `(1, 2, 0, "final")` in the package; `1.2.post1` is `(1, 2, 0, "post1")`. */
function versionTuple(version: string): string {
  const [, numbers = "", stage] = /^([\d.]+?)(?:\.?([a-z]+\d+))?$/.exec(version) ?? [];
  const [major, minor, patch = "0"] = numbers.split(".");
  return `(${major}, ${minor}, ${patch}, "${stage ?? "final"}")`;
}

function moduleSettings(): string {
  return `import os

INSTALLED_APPS = [
    "django.contrib.auth",
    # openwisp modules
    "openwisp_users",
    "openwisp_controller.pki",
    "openwisp_controller.config",
    'openwisp_monitoring.monitoring',
    "openwisp_monitoring.device",
    "openwisp_notifications",
    "openwisp_ipam",
    "openwisp_network_topology",
    "openwisp_firmware_upgrader",
    # "openwisp_switched_off",
    "openwisp_radius",
    "openwisp_utils.admin_theme",
    "django.contrib.admin",
]

EXTENDED_APPS = ["django_x509", "django_loci"]
`;
}

/** Versions in the order of the report. */
function v(versions: string): Record<string, string> {
  const names = [
    "openwisp-controller",
    "openwisp-firmware-upgrader",
    "openwisp-ipam",
    "openwisp-monitoring",
    "openwisp-network-topology",
    "openwisp-notifications",
    "openwisp-radius",
    "openwisp-users",
    "openwisp-utils",
    "netdiff",
    "netjsonconfig",
  ];
  const list = versions.split(" ");
  return Object.fromEntries(names.map((name, i) => [name, list[i] ?? ""]));
}
