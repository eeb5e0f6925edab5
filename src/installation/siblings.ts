import type { ContainerSummary } from "../docker/container-facts.ts";
import { parseImageReference } from "../docker/image-reference.ts";

export const PYTHON_ROLES = [
  "dashboard",
  "celery",
  "celerybeat",
  "api",
  "websocket",
  "celery_monitoring",
] as const;
const OTHER_ROLES = ["nginx", "freeradius", "postfix", "openvpn", "nfs"] as const;

export type Role = (typeof PYTHON_ROLES)[number] | (typeof OTHER_ROLES)[number];

/** The roles that can speak for the installation, best first. */
const PRIMARY_ROLES: readonly Role[] = ["dashboard", "celery", "celerybeat", "api", "websocket"];

/** A running container of the installation. */
export interface Sibling {
  readonly container: ContainerSummary;
  readonly role: Role;
  readonly environment: Readonly<Record<string, string>>;
}

export type Scope =
  /** `project` is undefined for containers that no compose project holds. */
  | {
      readonly kind: "found";
      readonly project: string | undefined;
      readonly containers: readonly ContainerSummary[];
    }
  | { readonly kind: "nothing"; readonly reason: string; readonly hint: string };

/**
 * The running OpenWISP containers of one installation: of the project that was asked for, else of the own
 * compose project, else, outside of compose, of the only one there is.
 */
export function findScope(
  containers: readonly ContainerSummary[],
  wanted: { readonly project?: string | undefined; readonly ownIds: readonly string[] },
): Scope {
  const running = containers.filter((it) => it.state === "running" && mayBeOpenwisp(it));
  const found = Map.groupBy(running, projectOf);
  const own = containers.find((it) => wanted.ownIds.some((id) => it.id.startsWith(id)));
  const project = wanted.project ?? (own && projectOf(own));
  if (project !== undefined) {
    const mine = found.get(project);
    if (mine) return { kind: "found", project, containers: mine };
    return {
      kind: "nothing",
      reason: `no OpenWISP container is running in ${wanted.project ? "the project that OPENWISP_PROJECT names" : "the project of this container"}`,
      hint:
        found.size > 0
          ? `OpenWISP runs in ${names(found.keys())}: set OPENWISP_PROJECT to say which one is meant`
          : "is OpenWISP started?",
    };
  }
  const [only] = found;
  if (!only)
    return { kind: "nothing", reason: "no OpenWISP container is running", hint: "is OpenWISP started?" };
  if (found.size === 1) return { kind: "found", project: only[0], containers: only[1] };
  return {
    kind: "nothing",
    reason: `several OpenWISP installations run here: ${names(found.keys())}`,
    hint: "set OPENWISP_PROJECT to the one that is meant",
  };
}

/**
 * What a container is for: its label, else its image's name, where MODULE_NAME tells the celery containers from
 * the dashboard whose image they run.
 */
export function roleOf(
  container: ContainerSummary,
  environment: Readonly<Record<string, string>>,
): Role | undefined {
  const label = knownRole(container.labels["io.openwisp.role"]);
  const image = imageRole(container);
  return label ?? (image && (knownRole(environment.MODULE_NAME) ?? image));
}

/** The container that speaks for the installation: the best role, and of that the newest. */
export function primaryOf(siblings: readonly Sibling[]): Sibling | undefined {
  const rank = (it: Sibling) => PRIMARY_ROLES.indexOf(it.role);
  const age = (it: Sibling) => it.container.createdAt?.getTime() ?? 0;
  return siblings.filter((it) => rank(it) >= 0).sort((a, b) => rank(a) - rank(b) || age(b) - age(a))[0];
}

/** docker-openwisp's reading of a switch (`env_bool`): true and yes, in any case, are on. */
export function isOn(value: string | undefined): boolean {
  return ["true", "yes"].includes(value?.trim().toLowerCase() ?? "");
}

/** The compose project or the swarm stack of a container. */
export function projectOf({ labels }: ContainerSummary): string | undefined {
  return labels["com.docker.compose.project"] ?? labels["com.docker.stack.namespace"];
}

function mayBeOpenwisp(container: ContainerSummary): boolean {
  if (container.labels["io.openwisp.metrics.ignore"] === "true") return false;
  return Boolean(knownRole(container.labels["io.openwisp.role"]) ?? imageRole(container));
}

function imageRole({ image }: ContainerSummary): Role | undefined {
  return knownRole(parseImageReference(image)?.name.match(/^openwisp-(.+)$/)?.[1]);
}

function knownRole(name: string | undefined): Role | undefined {
  return [...PYTHON_ROLES, ...OTHER_ROLES].find((it) => it === name);
}

function names(projects: Iterable<string | undefined>): string {
  return [...projects].map((it) => it ?? "(no compose project)").join(", ");
}
