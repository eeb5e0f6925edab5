import type { ContainerDetails, ContainerSummary } from "../docker/container-facts.ts";
import { type ImageReference, parseImageReference } from "../docker/image-reference.ts";

const COMPOSE_PROJECT = "com.docker.compose.project";
/** How many projects a message names. */
const MAX_NAMES = 10;
const COMPOSE_ONE_OFF = "com.docker.compose.oneoff";
const SWARM_STACK = "com.docker.stack.namespace";

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
  /** The image it was created from; undefined where only an id is known. */
  readonly reference: ImageReference | undefined;
}

export type Scope =
  /** `project` is undefined for containers that belong to none. */
  | { readonly kind: "found"; readonly project: string | undefined; readonly siblings: readonly Sibling[] }
  | { readonly kind: "nothing"; readonly reason: string; readonly hint: string };

/**
 * The siblings of one installation: of the project that was asked for, else of the own one, else, outside of any,
 * of the only one there is.
 */
export function findScope(
  siblings: readonly Sibling[],
  { wanted, own }: { readonly wanted: string | undefined; readonly own: string | undefined },
): Scope {
  const found = Map.groupBy(siblings, (it) => projectOf(it.container));
  const project = wanted ?? own;
  if (project !== undefined) {
    const mine = found.get(project);
    if (mine) return { kind: "found", project, siblings: mine };
    const where = wanted ? "the project that OPENWISP_PROJECT names" : "the project of this container";
    return {
      kind: "nothing",
      reason: `no OpenWISP container is running in ${where}`,
      hint:
        found.size > 0
          ? `OpenWISP runs in ${names(found.keys())}: set OPENWISP_PROJECT to the one that is meant`
          : "is OpenWISP started?",
    };
  }
  const [only] = found;
  if (!only)
    return { kind: "nothing", reason: "no OpenWISP container is running", hint: "is OpenWISP started?" };
  if (found.size === 1) return { kind: "found", project: only[0], siblings: only[1] };
  return {
    kind: "nothing",
    reason: `several OpenWISP installations run here: ${names(found.keys())}`,
    hint: "set OPENWISP_PROJECT to the one that is meant",
  };
}

/** Whether a container is there to be looked at. A paused one runs, too; one of `docker compose run` does not count. */
export function isRunning({ state, labels }: ContainerSummary): boolean {
  return (
    ["running", "paused"].includes(state) &&
    !isOn(labels["io.openwisp.metrics.ignore"]) &&
    !isOn(labels[COMPOSE_ONE_OFF])
  );
}

/** Whether its label or the name of its image already says that a container is OpenWISP's. */
export function isNamedOpenwisp({ image, labels }: ContainerSummary): boolean {
  return Boolean(knownRole(labels["io.openwisp.role"]) ?? imageRole(parseImageReference(image)));
}

/** Whether, by its names alone, it may be one of those that run Django: the rest tells nothing about modules. */
export function mayHoldModules(container: ContainerSummary): boolean {
  const role =
    knownRole(container.labels["io.openwisp.role"]) ?? imageRole(parseImageReference(container.image));
  const service = knownRole(container.labels["com.docker.compose.service"]);
  return [role, service].some((it) => (PYTHON_ROLES as readonly (Role | undefined)[]).includes(it));
}

/** Whether the name of its image tells all there is to know: of OpenWISP's parts without modules no setting counts. */
export function isKnownByName(container: ContainerSummary): boolean {
  return imageRole(parseImageReference(container.image)) !== undefined && !mayHoldModules(container);
}

/**
 * The container as a sibling, or undefined when it is not OpenWISP's. Its role is that of its label, else MODULE_NAME,
 * which tells the celery containers from the dashboard whose image they run, else that of the image's name.
 * An image of another name is OpenWISP's if its environment has docker-openwisp's layout.
 */
export function toSibling(container: ContainerSummary, details: ContainerDetails): Sibling | undefined {
  const { image, environment } = details;
  const reference = parseImageReference(container.image) ?? parseImageReference(image);
  const named = imageRole(reference);
  const module = named || hasLayout(details) ? knownRole(environment.MODULE_NAME) : undefined;
  const role = knownRole(container.labels["io.openwisp.role"]) ?? module ?? named;
  return role && { container, role, environment, reference };
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
  return labels[COMPOSE_PROJECT] ?? labels[SWARM_STACK];
}

/** The label, in the form of the engine's filters, that the volumes and networks of its project carry too. */
export function projectLabel({ labels }: ContainerSummary): string | undefined {
  const name = [COMPOSE_PROJECT, SWARM_STACK].find((it) => labels[it] !== undefined);
  return name && `${name}=${labels[name]}`;
}

/** Every docker-openwisp image has these in its environment, and hardly any other has. */
export function hasLayout({ environment }: Pick<ContainerDetails, "environment">): boolean {
  return (
    "PYTHON_VERSION" in environment && Object.keys(environment).some((it) => it.startsWith("USE_OPENWISP_"))
  );
}

function imageRole(reference: ImageReference | undefined): Role | undefined {
  return knownRole(reference?.name.match(/^openwisp-(.+)$/)?.[1]);
}

function knownRole(name: string | undefined): Role | undefined {
  return [...PYTHON_ROLES, ...OTHER_ROLES].find((it) => it === name);
}

function names(projects: Iterable<string | undefined>): string {
  const all = [...projects].map((it) => it ?? "(no project)");
  return all.length > MAX_NAMES
    ? `${all.slice(0, MAX_NAMES).join(", ")} and ${all.length - MAX_NAMES} more`
    : all.join(", ");
}
