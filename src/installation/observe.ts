import type { ContainerDetails, ContainerSummary } from "../docker/container-facts.ts";
import type { Engine } from "../docker/engine.ts";
import { EngineError } from "../docker/engine-error.ts";
import { parseImageReference } from "../docker/image-reference.ts";
import { type HostSource, inferHost } from "./host.ts";
import { type Installed, inferInstallation, isRelease } from "./infer.ts";
import { findScope, isOn, primaryOf, projectOf, roleOf, type Sibling } from "./siblings.ts";
import type { InstallationSnapshot } from "./snapshot.ts";

export type Observation =
  /** Nothing may be concluded from it: no comparison, nothing stored or sent. */
  | {
      readonly kind: "unknown";
      readonly missing: "engine" | "openwisp";
      readonly reason: string;
      readonly hint: string;
    }
  | {
      readonly kind: "seen";
      readonly snapshot: InstallationSnapshot;
      /** Why this installation is not reported by us, if so. */
      readonly hold: Hold | undefined;
      /** The oldest volume, network or container of the installation; asks the engine. */
      readonly oldestTrace: () => Promise<Date | undefined>;
    };

export type Hold = "development" | "standing by";

export interface Viewpoint {
  readonly project: string | undefined;
  readonly ownIds: readonly string[];
  readonly configuredMethod: string | undefined;
  /** The host as seen from here; asked only where the engine is silent. */
  readonly localHost: () => Promise<HostSource[]>;
}

/** Looks at the installation. Remembers, per container and image, what cannot have changed. */
export type Observe = () => Promise<Observation>;

export function createObserver(engine: Engine, viewpoint: Viewpoint): Observe {
  const details = new Map<string, ContainerDetails>();
  let known: { key: string; installed: Installed } | undefined;

  async function siblingsAmong(containers: readonly ContainerSummary[]): Promise<Sibling[]> {
    for (const id of details.keys()) if (!containers.some((it) => it.id === id)) details.delete(id);
    const siblings: Sibling[] = [];
    for (const container of containers) {
      const found = details.get(container.id) ?? (await engine.inspectContainer(container.id));
      // It may have been removed since it was listed.
      if (!found) continue;
      details.set(container.id, found);
      const role = roleOf(container, found.environment);
      if (role) siblings.push({ container, role, environment: found.environment });
    }
    return siblings;
  }

  async function installed(primary: Sibling, warnings: string[]): Promise<Installed> {
    const { container, environment } = primary;
    const key = JSON.stringify([container.imageId, container.image, container.labels, environment]);
    if (known?.key === key) return known.installed;
    const before = warnings.length;
    const image = await engine.inspectImage(container.imageId).catch(noRight(warnings));
    const { configuredMethod } = viewpoint;
    const readFile = careful((path) => engine.readFile(container.id, path), warnings);
    const result = await inferInstallation({
      primary,
      image: image ?? { tags: [], labels: {} },
      readFile,
      configuredMethod,
    });
    known = warnings.length === before ? { key, installed: result } : undefined;
    return result;
  }

  async function host(warnings: string[]) {
    const info = await engine.info().catch(noRight(warnings));
    if (info?.operatingSystem && info.kernelVersion && info.architecture)
      return inferHost([["engine info", "GET /info", info]]);
    const version = await engine.version().catch(noRight(warnings));
    return inferHost([
      ["engine info", "GET /info", info ?? {}],
      ["engine version", "GET /version", version ?? {}],
      ...(await viewpoint.localHost()),
    ]);
  }

  return async () => {
    try {
      const all = await engine.listContainers();
      const scope = findScope(all, viewpoint);
      if (scope.kind === "nothing") return { ...scope, kind: "unknown", missing: "openwisp" };
      const siblings = await siblingsAmong(scope.containers);
      const primary = primaryOf(siblings);
      if (!primary)
        return {
          kind: "unknown",
          missing: "openwisp",
          reason: "of OpenWISP only containers without its modules are running",
          hint: "are dashboard, celery, celerybeat, api and websocket started?",
        };
      const warnings = [...mixedVersions(siblings)];
      const snapshot = { ...(await installed(primary, warnings)), ...(await host(warnings)), warnings };
      return {
        kind: "seen",
        snapshot,
        hold: holdOf(primary, siblings),
        oldestTrace: async () => {
          const { project } = scope;
          const kept = project === undefined ? [] : await engine.projectTraces(project);
          const members = all.filter((it) => projectOf(it) === project);
          const containers = project === undefined ? scope.containers : members;
          return oldest([...kept, ...containers.flatMap((it) => it.createdAt ?? [])]);
        },
      };
    } catch (error) {
      if (error instanceof EngineError)
        return { kind: "unknown", missing: "engine", reason: error.message, hint: error.hint };
      throw error;
    }
  };
}

function holdOf(primary: Sibling, siblings: readonly Sibling[]): Hold | undefined {
  if (isOn(primary.environment.DEBUG_MODE)) return "development";
  // Without the variable OpenWISP's own settings assume True.
  const reports = ({ role, environment }: Sibling) =>
    role === "celerybeat" && isOn(environment.METRIC_COLLECTION ?? "True");
  return siblings.some(reports) ? "standing by" : undefined;
}

function* mixedVersions(siblings: readonly Sibling[]): Iterable<string> {
  const tags = siblings.map((it) => parseImageReference(it.container.image)?.tag ?? "");
  const releases = new Set(tags.filter(isRelease));
  if (releases.size > 1)
    yield `containers of several versions run side by side (${[...releases].join(", ")}): the main one counts`;
}

/** A right that is missing costs exactness, not the pass; an engine that is away costs the pass. */
function noRight(warnings: string[]): (error: EngineError) => undefined {
  return (error) => {
    if (error.code === "UNREACHABLE") throw error;
    warnings.push(error.message);
    return undefined;
  };
}

/** Stops asking for files after the first refusal. */
function careful(read: (path: string) => Promise<string | undefined>, warnings: string[]) {
  let refused = false;
  return async (path: string) => {
    if (refused) return undefined;
    return read(path).catch((error: EngineError) => {
      refused = true;
      return noRight(warnings)(error);
    });
  };
}

function oldest(dates: readonly Date[]): Date | undefined {
  return dates.length > 0 ? new Date(Math.min(...dates.map((it) => it.getTime()))) : undefined;
}
