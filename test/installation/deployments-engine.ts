import type { ImageFacts } from "../../src/docker/container-facts.ts";
import {
  toContainerDetails,
  toContainerSummary,
  toDate,
  toHostInfo,
  toImageFacts,
} from "../../src/docker/container-facts.ts";
import type { Engine } from "../../src/docker/engine.ts";
import { toEngineError } from "../../src/docker/engine-error.ts";
import { type EngineContainer, type EngineManners, hoursAgo, PROJECT, type Request } from "./deployments.ts";

const INFO = {
  OperatingSystem: "Debian GNU/Linux 12 (bookworm)",
  KernelVersion: "6.1.0-28-amd64",
  Architecture: "x86_64",
};
const VERSION = { KernelVersion: "6.1.0-28-amd64", Arch: "amd64", Os: "linux" };

/** What each request is called in the engine's error messages. */
const NOUNS: Readonly<Record<Request, string>> = {
  list: "the list of containers",
  inspect: "the details of a container",
  images: "the details of an image",
  archive: "a file of a container",
  info: "the facts of the host",
  version: "its version",
  volumes: "the list of volumes",
  networks: "the list of networks",
};

/** An engine in memory: raw answers of an engine go through the door that the real one's go through. */
export function engineOf(containers: readonly EngineContainer[], manners: EngineManners = {}): Engine {
  const { info = INFO, version = VERSION, refuses = [], hangsAt, volumes = [], networks = [] } = manners;

  function ask(request: Request): void {
    if (refuses.includes(request)) throw toEngineError(NOUNS[request], { statusCode: 403 });
    if (request === hangsAt) throw toEngineError(NOUNS[request], { name: "TimeoutError" });
  }
  const find = (id: string) => containers.find((it) => it.listed.Id === id);

  return {
    async listContainers() {
      ask("list");
      return containers.flatMap(({ listed }) => toContainerSummary(listed) ?? []);
    },
    async inspectContainer(id) {
      ask("inspect");
      const inspected = find(id)?.inspected;
      if (typeof inspected === "number") throw toEngineError(NOUNS.inspect, { statusCode: inspected });
      return inspected && toContainerDetails(inspected);
    },
    async inspectImage(id): Promise<ImageFacts> {
      ask("images");
      return toImageFacts(containers.find((it) => it.image.Id === id)?.image);
    },
    async info() {
      ask("info");
      return toHostInfo(info);
    },
    async version() {
      ask("version");
      return toHostInfo(version);
    },
    async volumeDates(label) {
      ask("volumes");
      return datesOf(label, volumes, "Z");
    },
    async networkDates(label) {
      ask("networks");
      return datesOf(label, networks, "456789Z");
    },
    async readFile(id, path) {
      ask("archive");
      return find(id)?.files[path];
    },
    containerChanges() {
      throw new Error("nobody asks for changes here");
    },
  };
}

/** A negative age stands for the zero date. */
function datesOf(label: string, ages: readonly number[], ending: string): Date[] {
  if (!label.endsWith(`=${PROJECT}`)) return [];
  return ages.flatMap((age) => {
    const said = age < 0 ? "0001-01-01T00:00:00Z" : hoursAgo(age).toISOString().replace("Z", ending);
    return toDate(said) ?? [];
  });
}
