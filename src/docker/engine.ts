import { existsSync, readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { type ContainerEvent, readEvents } from "./container-events.ts";
import {
  type ContainerDetails,
  type ContainerSummary,
  type HostInfo,
  type ImageFacts,
  isRecord,
  list,
  record,
  toContainerDetails,
  toContainerSummary,
  toDate,
  toHostInfo,
  toImageFacts,
} from "./container-facts.ts";
import type { EngineAddress } from "./engine-address.ts";
import { EngineError, toEngineError } from "./engine-error.ts";
import { restrictRequests } from "./restrict-requests.ts";
import { readSmallFile } from "./small-file.ts";

const MAX_FILE_BYTES = 256 * 1024;

/** Reads the Docker Engine: GET requests only, nothing is ever changed. Every call may throw EngineError. */
export interface Engine {
  /** All containers, the stopped ones included. */
  listContainers(): Promise<ContainerSummary[]>;
  /** Undefined when the container is gone. */
  inspectContainer(id: string): Promise<ContainerDetails | undefined>;
  inspectImage(id: string): Promise<ImageFacts>;
  info(): Promise<HostInfo>;
  /** What `info` tells of the host, less the distribution: some proxies allow only this. */
  version(): Promise<HostInfo>;
  /** When the volumes with a label ("name=value") were made. */
  volumeDates(label: string): Promise<Date[]>;
  networkDates(label: string): Promise<Date[]>;
  /** A small text file of a container, running or not; undefined when there is none. */
  readFile(containerId: string, path: string): Promise<string | undefined>;
  /**
   * Yields once when the engine listens to us, and then whenever a container is started, stopped or removed, also what
   * happened from `since` on, until the stream breaks or `signal` ends it.
   */
  containerChanges(signal: AbortSignal, since?: string): AsyncIterable<ContainerEvent>;
}

export function createEngine(address: EngineAddress, stop?: AbortSignal): Engine {
  let client: Promise<Docker> | undefined;
  const connect = () => {
    client ??= createClient(address, stop);
    return client;
  };

  async function ask<T>(what: string, request: (docker: Docker) => Promise<T>): Promise<T> {
    try {
      const docker = await connect();
      stop?.throwIfAborted();
      return await request(docker);
    } catch (error) {
      // To be stopped is no fault of the engine.
      stop?.throwIfAborted();
      throw toEngineError(what, error);
    }
  }

  return {
    async listContainers() {
      const answer = await ask("the list of containers", (docker) => docker.listContainers({ all: true }));
      return list(answer).flatMap((json) => toContainerSummary(json) ?? []);
    },

    async inspectContainer(id) {
      const answer = await ask("the details of a container", (docker) =>
        docker.getContainer(id).inspect(),
      ).catch(undefinedWhenMissing);
      if (answer === undefined) return undefined;
      // Without it celerybeat would pass for a dashboard.
      if (!isRecord(record(answer).Config)) throw unreadable("the details of a container");
      return toContainerDetails(answer);
    },

    async inspectImage(id) {
      // An image that was removed under its container is one without tags.
      const answer = await ask("the details of an image", (docker) => docker.getImage(id).inspect()).catch(
        undefinedWhenMissing,
      );
      return toImageFacts(answer);
    },

    async info() {
      return toHostInfo(await ask("the facts of the host", (docker) => docker.info()));
    },

    async version() {
      return toHostInfo(await ask("its version", (docker) => docker.version()));
    },

    async volumeDates(label) {
      const answer = await ask("the list of volumes", (docker) =>
        docker.listVolumes({ filters: { label: [label] } }),
      );
      return datesOf(record(answer).Volumes);
    },

    async networkDates(label) {
      const answer = await ask("the list of networks", (docker) =>
        docker.listNetworks({ filters: { label: [label] } }),
      );
      return datesOf(answer);
    },

    async readFile(containerId, path) {
      return ask("a file of a container", async (docker) =>
        readSmallFile(
          (await docker.getContainer(containerId).getArchive({ path })) as Readable,
          MAX_FILE_BYTES,
        ),
      ).catch(undefinedWhenNoFile);
    },

    async *containerChanges(signal, since) {
      try {
        const stream = await (await connect()).getEvents({
          // Podman calls it remove when a container is destroyed.
          filters: { type: ["container"], event: ["start", "die", "destroy", "remove"] },
          // Docker and Podman take fractions, which the types of dockerode do not know.
          ...(since !== undefined && { since: since as unknown as number }),
          abortSignal: signal,
        });
        yield* readEvents(stream as unknown as IncomingMessage);
      } catch (error) {
        if (!signal.aborted) throw toEngineError("the stream of events", error);
      }
    },
  };
}

/** Loads dockerode when somebody asks the engine something: while usage metrics are off nobody does. */
async function createClient(address: EngineAddress, stop?: AbortSignal): Promise<Docker> {
  const { default: Dockerode } = await import("dockerode");
  const docker = withoutDockerHost(() => new Dockerode(dockerOptions(address)));
  return restrictRequests(docker, stop);
}

/**
 * With a DOCKER_HOST in the process's environment docker-modem reads a client's certificate, too, whether or not there is
 * one, and fails where there is none.
 */
function withoutDockerHost<T>(make: () => T): T {
  const { DOCKER_HOST } = process.env;
  delete process.env.DOCKER_HOST;
  try {
    return make();
  } finally {
    if (DOCKER_HOST !== undefined) process.env.DOCKER_HOST = DOCKER_HOST;
  }
}

function dockerOptions(address: EngineAddress): Docker.DockerOptions {
  if ("socketPath" in address) return { socketPath: address.socketPath };
  const { host, port, tls } = address;
  if (!tls) return { host, port, protocol: "http" };
  const file = (name: string) => {
    const path = join(tls.directory, name);
    return existsSync(path) ? readFileSync(path) : undefined;
  };
  const pem = { ca: file("ca.pem"), cert: file("cert.pem"), key: file("key.pem") };
  return { host, port, protocol: "https", ...(pem as Record<string, Buffer>) };
}

function unreadable(what: string): EngineError {
  return new EngineError(
    "FAILED",
    `the Docker Engine did not give ${what}: the answer cannot be read`,
    "is it an engine that answers, and not some proxy?",
  );
}

function datesOf(items: unknown): Date[] {
  return list(items).flatMap((item) => {
    const it = record(item);
    return toDate(it.CreatedAt ?? it.Created) ?? [];
  });
}

function undefinedWhenMissing(error: EngineError): undefined {
  if ((error.cause as { statusCode?: number } | undefined)?.statusCode !== 404) throw error;
}

/** Docker and Podman call it an error of their own when a link of the container leads in circles, or a file is no folder. */
function undefinedWhenNoFile(error: EngineError): undefined {
  const { statusCode, message } = (error.cause ?? {}) as { statusCode?: number; message?: string };
  const noFile = /too many (links|levels of symbolic links)|not a directory/.test(message ?? "");
  if (!(statusCode === 500 && noFile)) undefinedWhenMissing(error);
}
