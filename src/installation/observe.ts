import type { ContainerSummary, ImageFacts } from "../docker/container-facts.ts";
import type { Engine } from "../docker/engine.ts";
import { EngineError } from "../docker/engine-error.ts";
import { createCensus } from "./census.ts";
import { type HostFindings, type HostSource, inferHost } from "./host.ts";
import { type ImageContents, isEmpty, type ReadFile, readImageContents } from "./image-contents.ts";
import { type Installed, inferInstallation, isRelease, pythonVersion } from "./infer.ts";
import { findScope, isOn, primaryOf, projectLabel, projectOf, type Sibling } from "./siblings.ts";
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
      /** The oldest volume, network or container of the installation; asks the engine, which may be away by now. */
      readonly oldestTrace: () => Promise<Date | undefined | "unknown">;
    };

export type Hold = "development" | "standing by";

export interface Viewpoint {
  /** OPENWISP_PROJECT */
  readonly project: string | undefined;
  /** Ids, whole or cut, of the container we run in. */
  readonly ownIds: readonly string[];
  readonly configuredMethod: string | undefined;
  /** The host as seen from here; asked only where the engine is silent. */
  readonly localHost: (kernelWanted: boolean) => Promise<HostSource[]>;
}

/** Looks at the installation. Remembers, per container and image, what cannot have changed. */
export type Observe = () => Promise<Observation>;

export function createObserver(engine: Engine, viewpoint: Viewpoint): Observe {
  const census = createCensus(engine);
  let known: { image: string; facts: ImageFacts; contents: ImageContents } | undefined;

  async function installed(
    primary: Sibling,
    siblings: readonly Sibling[],
    warnings: string[],
  ): Promise<Installed> {
    const { container } = primary;
    const image = `${container.imageId} ${container.image}`;
    if (known?.image !== image) {
      const refusals: string[] = [];
      const facts = await engine.inspectImage(container.imageId).catch(degrade(refusals));
      const readFile = (path: string) => engine.readFile(container.id, path);
      const contents = await readCarefully(readFile, pythonVersion(primary), refusals);
      known = { image, facts: facts ?? { tags: [], labels: {} }, contents };
      warnings.push(...refusals);
    }
    const { facts, contents } = known;
    // What was refused today may be allowed tomorrow; where there was nothing, the container may just have gone.
    if (warnings.length > 0 || isEmpty(contents)) known = undefined;
    return inferInstallation({
      primary,
      siblings,
      image: facts,
      contents,
      configuredMethod: viewpoint.configuredMethod,
    });
  }

  async function host(warnings: string[]): Promise<HostFindings> {
    const info = await engine.info().catch(degrade(warnings));
    if (info?.operatingSystem && info.kernelVersion && info.architecture)
      return inferHost([["engine info", "GET /info", info]]);
    const version = await engine.version().catch(degrade(warnings));
    const told = [info, version].some((it) => it?.kernelVersion && it.architecture);
    return inferHost([
      ["engine info", "GET /info", info ?? {}],
      ["engine version", "GET /version", version ?? {}],
      ...(await viewpoint.localHost(!told)),
    ]);
  }

  async function oldestTrace(
    all: readonly ContainerSummary[],
    siblings: readonly Sibling[],
    { container }: Sibling,
  ): Promise<Date | undefined> {
    const project = projectOf(container);
    const members = all.filter((it) => project !== undefined && projectOf(it) === project);
    const dates = [...members, ...siblings.map((it) => it.container)].flatMap((it) => it.createdAt ?? []);
    const label = projectLabel(container);
    if (label !== undefined)
      for (const ask of [engine.volumeDates, engine.networkDates])
        dates.push(...(await ask(label).catch(ifRefused)));
    return oldest(dates);
  }

  async function look(): Promise<Observation> {
    const all = await engine.listContainers();
    const refusals: string[] = [];
    const own = all.find((it) => viewpoint.ownIds.some((id) => it.id.startsWith(id)));
    const scope = findScope(await census(all, refusals), {
      wanted: viewpoint.project,
      own: own && projectOf(own),
    });
    if (scope.kind === "nothing") return { ...scope, kind: "unknown", missing: "openwisp" };
    const { siblings } = scope;
    const primary = primaryOf(siblings);
    if (!primary) return NO_PRIMARY;
    const found = { ...(await installed(primary, siblings, refusals)), ...(await host(refusals)) };
    return {
      kind: "seen",
      snapshot: { ...found, warnings: [...mixedVersions(siblings), ...refusals] },
      hold: holdOf(primary, siblings),
      oldestTrace: () => oldestTrace(all, siblings, primary).catch(unknownWhenAway),
    };
  }

  return () =>
    look().catch((error) => {
      if (!(error instanceof EngineError)) throw error;
      return { kind: "unknown", missing: "engine", reason: error.message, hint: error.hint };
    });
}

const NO_PRIMARY: Observation = {
  kind: "unknown",
  missing: "openwisp",
  reason: "of OpenWISP only containers without its modules are running",
  hint: "are dashboard, celery, celerybeat, api and websocket started?",
};

function holdOf(primary: Sibling, siblings: readonly Sibling[]): Hold | undefined {
  if (isOn(primary.environment.DEBUG_MODE)) return "development";
  // Without the variable OpenWISP's own settings assume True.
  const reports = ({ role, environment }: Sibling) =>
    role === "celerybeat" && isOn(environment.METRIC_COLLECTION ?? "True");
  return siblings.some(reports) ? "standing by" : undefined;
}

function mixedVersions(siblings: readonly Sibling[]): string[] {
  const named = siblings.filter((it) => it.reference?.name.startsWith("openwisp-"));
  const releases = new Set(named.map((it) => it.reference?.tag).filter(isRelease));
  const byName = Map.groupBy(named, (it) => JSON.stringify(it.reference));
  // One name, two images: "latest" has moved since the older container was made.
  const hasMoved = [...byName.values()].some(
    (it) => new Set(it.map(({ container }) => container.imageId)).size > 1,
  );
  if (releases.size < 2 && !hasMoved) return [];
  const which = releases.size < 2 ? "" : ` (${[...releases].join(", ")})`;
  return [`containers of several versions run side by side${which}: the main one counts`];
}

/** A right that is missing, or one request that fails, costs exactness; an engine that is away costs the pass. */
function degrade(warnings: string[]): (error: EngineError) => undefined {
  return (error) => {
    if (!(error instanceof EngineError) || error.code === "UNREACHABLE") throw error;
    warnings.push(error.message);
  };
}

/** Without the right to know its age an installation is taken for new; where that failed, we wait and see. */
function ifRefused(error: EngineError): Date[] {
  if (error instanceof EngineError && error.code === "REFUSED") return [];
  throw error;
}

/**
 * A file that cannot be read is one that is not there. After a refusal, or a wait in vain, no other is asked for.
 * Where every file failed it is the engine that is not well: no conclusions, which later could pass for an upgrade.
 */
async function readCarefully(
  read: ReadFile,
  python: string | undefined,
  warnings: string[],
): Promise<ImageContents> {
  let failure: EngineError | undefined;
  let isHopeless = false;
  const contents = await readImageContents(async (path) => {
    if (isHopeless) return undefined;
    return read(path).catch((error: EngineError) => {
      if (!failure) degrade(warnings)(error);
      if (!(error instanceof EngineError) || error.code === "UNREACHABLE") throw error;
      failure = error;
      isHopeless = error.code === "REFUSED" || error.isTimeout;
      return undefined;
    });
  }, python);
  if (failure && !isHopeless && isEmpty(contents)) throw failure;
  return contents;
}

function unknownWhenAway(error: unknown): "unknown" {
  if (!(error instanceof EngineError)) throw error;
  return "unknown";
}

function oldest(dates: readonly Date[]): Date | undefined {
  return dates.length > 0 ? new Date(Math.min(...dates.map((it) => it.getTime()))) : undefined;
}
