import type { ContainerSummary } from "../docker/container-facts.ts";
import type { Engine } from "../docker/engine.ts";
import { EngineError } from "../docker/engine-error.ts";
import {
  hasLayout,
  isKnownByName,
  isNamedOpenwisp,
  isRunning,
  mayHoldModules,
  type Sibling,
  toSibling,
} from "./siblings.ts";

/** Tells OpenWISP's running containers from the others. */
export type Census = (all: readonly ContainerSummary[], warnings: string[]) => Promise<Sibling[]>;

/**
 * Asks the engine for one container of each kind, and for one of each foreign image, as long as that one runs: the
 * hundred containers of a service that is scaled cost no more than one. Those of which the name tells all cost nothing.
 */
export function createCensus(engine: Pick<Engine, "inspectContainer">): Census {
  const known = new Map<string, { readonly id: string; readonly sibling: Sibling | undefined }>();
  const foreignImages = new Set<string>();

  return async (all, warnings) => {
    const running = all.filter(isRunning);
    const ids = new Set(running.map((it) => it.id));
    for (const [kind, { id }] of known) if (!ids.has(id)) known.delete(kind);
    const images = new Set(running.map((it) => it.imageId));
    for (const image of foreignImages) if (!images.has(image)) foreignImages.delete(image);

    for (const container of running) {
      const isForeign = !isNamedOpenwisp(container) && foreignImages.has(container.imageId);
      if (isForeign || known.has(kindOf(container))) continue;
      const details = isKnownByName(container)
        ? { image: container.image, environment: {} }
        : await engine.inspectContainer(container.id).catch((error: EngineError) => {
            // One that may speak for the installation, or report itself, must be known.
            if (!(error instanceof EngineError) || mayHoldModules(container)) throw error;
            warnings.push(error.message);
          });
      // It may have been removed since it was listed.
      if (!details) continue;
      const sibling = toSibling(container, details);
      known.set(kindOf(container), { id: container.id, sibling });
      if (!sibling && container.imageId && !hasLayout(details)) foreignImages.add(container.imageId);
    }
    return running.flatMap((container) => {
      const sibling = known.get(kindOf(container))?.sibling;
      return sibling ? { ...sibling, container } : [];
    });
  };
}

/** What containers that were made alike have in common: of their names all but the numbers, and swarm's random ends. */
function kindOf({ image, imageId, labels, name }: ContainerSummary): string {
  const isOfSwarm = labels["com.docker.swarm.service.name"] !== undefined;
  return JSON.stringify([imageId, image, labels, isOfSwarm ? "" : name.replaceAll(/\d+/g, "")]);
}
