/**
 * The corpus of deployments: ways in which people run docker-openwisp, as data. To add one, add an object to the
 * list of its theme (`deployments-images.ts`, `-modules.ts`, `-engines.ts`, `-projects.ts`, `-reports.ts`):
 *
 *     {
 *       what: "latest of a private registry",
 *       containers: [dashboard({ image: "registry.example:5000/team/openwisp-dashboard:latest" })],
 *       expected: { version: "25.10.4 from VERSION file" },
 *     },
 *
 * All that is not said is as usual: release 25.10.4, just installed with compose, its own collector switched off, an
 * engine that tells everything. `expected` names what differs from USUAL, and all of it is compared.
 */
import { createHash } from "node:crypto";
import type { Category } from "../../src/installation/changes.ts";
import type { EvidenceSource } from "../../src/installation/evidence.ts";
import type { HostSource } from "../../src/installation/host.ts";
import type { Hold } from "../../src/installation/observe.ts";
import type { Versions } from "../../src/installation/snapshot.ts";
import { CONTENTS, miniature } from "../support/miniature.ts";

export interface Deployment {
  /** A sentence that a user understands. */
  readonly what: string;
  /** Newest first, as the engine lists them; one dashboard unless told otherwise. */
  readonly containers?: readonly EngineContainer[];
  readonly engine?: EngineManners;
  readonly viewpoint?: {
    /** OPENWISP_PROJECT */
    readonly project?: string;
    /** INSTALLATION_METHOD */
    readonly method?: string;
    /** The service that is us, where we know which container we are. */
    readonly own?: string;
    readonly localHost?: readonly HostSource[];
  };
  /** What was stored at the last Install or Upgrade; nothing unless told otherwise. */
  readonly baseline?: Versions;
  readonly heartbeatDue?: boolean;
  readonly expected: Partial<Seen> | Unknown;
}

/** How an engine, or the proxy before it, answers. */
export interface EngineManners {
  /** `GET /info`, in place of the usual one. */
  readonly info?: Readonly<Record<string, unknown>>;
  /** `GET /version` */
  readonly version?: Readonly<Record<string, unknown>>;
  readonly refuses?: readonly Request[];
  /** Never answers it. */
  readonly hangsAt?: Request;
  /** Ages, in hours, of what it keeps of project `docker-openwisp`. */
  readonly volumes?: readonly number[];
  readonly networks?: readonly number[];
}

export type Request = "list" | "inspect" | "images" | "archive" | "info" | "version" | "volumes" | "networks";

/** A container as the engine has it: its raw answers, and the files inside. */
export interface EngineContainer {
  /** One entry of `GET /containers/json` */
  readonly listed: Readonly<Record<string, unknown>>;
  /** `GET /containers/{id}/json`: undefined when it is gone, a status when it fails. */
  readonly inspected: Readonly<Record<string, unknown>> | number | undefined;
  /** `GET /images/{id}/json` */
  readonly image: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, string | undefined>>;
}

/** A value and the evidence that won. */
export type Value = `${string} from ${EvidenceSource}`;

export interface Seen {
  readonly version: Value | undefined;
  readonly modules: Readonly<Record<string, Value>>;
  readonly enabled: "INSTALLED_APPS" | "usual list";
  readonly method: Value;
  readonly os: Value | undefined;
  readonly kernel: Value | undefined;
  readonly platform: Value | undefined;
  readonly heldBack: readonly string[];
  readonly warnings: readonly RegExp[];
  readonly hold: Hold | undefined;
  readonly decision: Category | "Heartbeat, first seen" | "nothing";
  /** What makes an Upgrade. */
  readonly changes: readonly string[];
}

/** Nothing may be concluded. */
export interface Unknown {
  readonly unknown: "engine" | "openwisp";
  /** Reason and hint. */
  readonly because: RegExp;
}

export const NOW = new Date("2026-11-23T12:00:00Z");
export const PROJECT = "docker-openwisp";
export const PROJECT_FILES = "/opt/openwisp/openwisp";
const RELEASE = "25.10.4";

export const USUAL: Seen = {
  version: `${RELEASE} from VERSION file`,
  modules: modulesOf(RELEASE),
  enabled: "INSTALLED_APPS",
  method: "docker-openwisp from __openwisp_installation_method__",
  os: "Debian GNU/Linux 12 (bookworm) from engine info",
  kernel: "6.1.0 from engine info",
  platform: "x86_64 from engine info",
  heldBack: [],
  warnings: [],
  hold: undefined,
  decision: "Install",
  changes: [],
};

/** What is seen where no file can be read. */
export const WITHOUT_FILES: Partial<Seen> = {
  version: `${RELEASE} from release tag`,
  modules: modulesOf(RELEASE, "table of releases"),
  enabled: "usual list",
  method: "docker-openwisp from image names",
  warnings: [/a file of a container: refused/],
};

/** Every module of a release with its version, less those whose change is undefined. */
export function modulesOf(
  release: string,
  source: EvidenceSource = "METADATA",
  changes: Readonly<Record<string, Value | undefined>> = {},
): Record<string, Value> {
  const modules: Record<string, Value> = {};
  for (const [name, version] of Object.entries(CONTENTS[release]?.versions ?? {})) {
    const value: Value | undefined = name in changes ? changes[name] : `${version} from ${source}`;
    if (value) modules[name] = value;
  }
  return modules;
}

/** The baseline that a usual installation of a release leaves. */
export function baselineOf(release: string, changes: Readonly<Record<string, string | undefined>> = {}) {
  const all: Record<string, string | undefined> = {
    ...CONTENTS[release]?.versions,
    "OpenWISP Version": release,
    os_version: "Debian GNU/Linux 12 (bookworm)",
    kernel_version: "6.1.0",
    hardware_platform: "x86_64",
    ...changes,
  };
  return Object.fromEntries(Object.entries(all).filter(([, it]) => it !== undefined)) as Versions;
}

/** A container in the words of compose; what is not said is that of docker-openwisp's own service. */
export interface Given {
  /** The release whose image it is, or was made from. */
  readonly release?: string;
  /** As the list of containers calls it. */
  readonly image?: string;
  /** What it was created from, where the list does not say it any more. */
  readonly createdFrom?: string;
  /** Every name that the image has now. */
  readonly tags?: readonly string[];
  readonly imageLabels?: Readonly<Record<string, string>>;
  /** Null: not started by compose. */
  readonly project?: string | null;
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** On top of the image's and the service's; undefined takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly state?: string;
  readonly hoursOld?: number;
  /** Distribution versions, as `pip install` in the image leaves them. */
  readonly versions?: Readonly<Record<string, string>>;
  /** By path; undefined takes a file out. */
  readonly files?: Readonly<Record<string, string | undefined>>;
  /** Fields of the engine's answers as they are, in place of the usual ones. */
  readonly listed?: Readonly<Record<string, unknown>>;
  readonly inspected?: Readonly<Record<string, unknown>> | "gone" | 500;
}

export const dashboard = (given?: Given) => container("dashboard", given);
export const celery = (given?: Given) => container("celery", given);
export const celerybeat = (given?: Given) => container("celerybeat", given);
export const api = (given?: Given) => container("api", given);
export const nginx = (given?: Given) => container("nginx", given);

/** A service of docker-openwisp. */
export function container(service: string, given: Given = {}): EngineContainer {
  const { release = RELEASE, versions = {}, project = PROJECT } = given;
  const installation = miniature(release, {
    services: [service],
    versions: { ...CONTENTS[release]?.versions, ...versions },
  });
  const [made] = installation.images;
  const [started] = installation.containers;
  const image = given.image ?? made?.reference ?? "";
  return engineContainer({
    name: given.name ?? `${project ?? "my"}-${service}-1`,
    image,
    imageId: image.startsWith("sha256:") ? image : `sha256:${hash(`${made?.reference} ${image}`)}`,
    createdFrom: given.createdFrom ?? image,
    tags: given.tags ?? (image.startsWith("sha256:") ? [] : [image]),
    imageLabels: given.imageLabels ?? {},
    labels: { ...composeLabels(project, service), ...given.imageLabels, ...given.labels },
    env: { ...made?.env, ...started?.env, ...given.env },
    files: { ...made?.files, ...given.files },
    given,
  });
}

/** A service that has nothing to do with OpenWISP, or is us. */
export function foreign(service: string, given: Given = {}): EngineContainer {
  const { image = `${service}:1`, project = PROJECT } = given;
  return engineContainer({
    name: given.name ?? `${project ?? "my"}-${service}-1`,
    image,
    imageId: `sha256:${hash(image)}`,
    createdFrom: given.createdFrom ?? image,
    tags: given.tags ?? [image],
    imageLabels: given.imageLabels ?? {},
    labels: { ...composeLabels(project, service), ...given.imageLabels, ...given.labels },
    env: { ...given.env },
    files: { ...given.files },
    given,
  });
}

interface Parts {
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly createdFrom: string;
  readonly tags: readonly string[];
  readonly imageLabels: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: Readonly<Record<string, string | undefined>>;
  readonly given: Given;
}

function engineContainer(parts: Parts): EngineContainer {
  const { state = "running", hoursOld = 0.1, inspected } = parts.given;
  const id = hash(`${parts.name} ${parts.imageId}`);
  const environment = Object.entries(parts.env).filter(([, value]) => value !== undefined);
  const details = {
    Id: id,
    Created: hoursAgo(hoursOld).toISOString(),
    Name: `/${parts.name}`,
    Image: parts.imageId,
    State: { Status: state, Running: state === "running" },
    Config: {
      Image: parts.createdFrom,
      Env: ["PATH=/usr/bin", "DB_PASS=hunter2", ...environment.map(([key, value]) => `${key}=${value}`)],
      Labels: parts.labels,
    },
  };
  return {
    listed: {
      Id: id,
      Names: [`/${parts.name}`],
      Image: parts.image,
      ImageID: parts.imageId,
      Created: hoursAgo(hoursOld).getTime() / 1000,
      State: state,
      Labels: { ...parts.labels, "com.example.owner": "hunter2" },
      ...parts.given.listed,
    },
    inspected:
      inspected === "gone"
        ? undefined
        : typeof inspected === "number"
          ? inspected
          : { ...details, ...inspected },
    image: { Id: parts.imageId, RepoTags: parts.tags, Config: { Labels: parts.imageLabels } },
    files: parts.files,
  };
}

export function hoursAgo(hours: number): Date {
  return new Date(NOW.getTime() - hours * 3_600_000);
}

export const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

function composeLabels(project: string | null, service: string): Record<string, string> {
  return project === null
    ? {}
    : { "com.docker.compose.project": project, "com.docker.compose.service": service };
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
