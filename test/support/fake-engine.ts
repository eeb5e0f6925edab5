import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { pack } from "tar-stream";
import type { ContainerSpec, ImageSpec } from "./engine-images.ts";
import type { Miniature } from "./miniature.ts";

/** A Docker Engine that answers from data, over HTTP on a unix socket of its own. */
export interface FakeEngine {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** Every request so far: "GET /containers/json". */
  readonly requests: string[];
  /** What the engine's host is; to be changed at will. */
  readonly info: { OperatingSystem: string; KernelVersion: string; Architecture: string };
  /** Answers this status in place of the usual answer where it returns one. */
  intercept: (method: string, path: string) => number | undefined;
  /** Never answers a request for a path for which it returns true. */
  hang: (path: string) => boolean;
  /** Replaces all containers, as `docker compose up -d` with other images does, and tells the event streams. */
  install(installation: Miniature, createdAt?: Date): void;
  /** Volumes and networks. */
  traces: { readonly labels: Record<string, string>; readonly createdAt: Date }[];
  /** The streams that are open now tell nothing any more, and do not end: a proxy dropped them. */
  muteStreams(): void;
  close(): Promise<void>;
}

export async function createFakeEngine(installation: Miniature, createdAt = new Date()): Promise<FakeEngine> {
  const folder = await mkdtemp(join(tmpdir(), "fake-engine-"));
  const socket = join(folder, "docker.sock");
  const streams = new Set<ServerResponse>();
  let containers: FakeContainer[] = toContainers(installation, createdAt);
  /** All that was told, with its time in nanoseconds. */
  const events: { readonly nanos: bigint; readonly line: string }[] = [];

  const engine: FakeEngine = {
    host: `unix://${socket}`,
    requests: [],
    info: {
      OperatingSystem: "Debian GNU/Linux 12 (bookworm)",
      KernelVersion: "6.1.0-28-amd64",
      Architecture: "x86_64",
    },
    intercept: () => undefined,
    hang: () => false,
    traces: [],
    install(next, at = new Date()) {
      containers = toContainers(next, at);
      for (const { id } of containers) emit({ Type: "container", Action: "start", Actor: { ID: id } });
    },
    muteStreams: () => streams.clear(),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await rm(folder, { recursive: true, force: true });
    },
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://engine");
    const path = url.pathname.replace(/^\/v\d+\.\d+(?=\/)/, "");
    engine.requests.push(`${request.method} ${path}`);
    if (engine.hang(path)) return;
    const status = engine.intercept(request.method ?? "", path);
    if (status !== undefined) return answer(response, status, { message: "forbidden by the test" });
    if (request.method !== "GET") return answer(response, 405, { message: "read-only" });
    if (path === "/events") return follow(request, response, url.searchParams.get("since"));
    route(path, url.searchParams, response);
  });

  function emit(event: object): void {
    // No two have the same time, to the microsecond.
    const nanos = BigInt(Date.now()) * 1_000_000n + BigInt(events.length % 1_000) * 1_000n;
    const line = JSON.stringify({ ...event, time: Number(nanos / 1_000_000_000n) });
    // JSON's numbers are too short for it.
    events.push({ nanos, line: `${line.slice(0, -1)},"timeNano":${nanos}}\n` });
    for (const stream of streams) stream.write(events.at(-1)?.line);
  }

  function follow(request: IncomingMessage, response: ServerResponse, since: string | null): void {
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    if (since !== null) {
      const [seconds = "0", fraction = ""] = since.split(".");
      const from = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
      for (const { nanos, line } of events) if (nanos >= from) response.write(line);
    }
    streams.add(response);
    request.on("close", () => streams.delete(response));
  }

  function route(path: string, query: URLSearchParams, response: ServerResponse): void {
    const [, noun, id = "", verb] = /^\/(\w+)(?:\/([^/]+))?(?:\/(\w+))?$/.exec(path) ?? [];
    const container = containers.find((it) => it.id.startsWith(id));
    if (path === "/_ping") answer(response, 200, "OK");
    else if (path === "/info")
      answer(response, 200, { ...engine.info, SystemTime: new Date().toISOString() });
    else if (path === "/version")
      answer(response, 200, { KernelVersion: engine.info.KernelVersion, Arch: "amd64", ApiVersion: "1.45" });
    else if (path === "/containers/json") answer(response, 200, containers.map(summaryJson));
    else if (path === "/volumes")
      answer(response, 200, { Volumes: traces(query, "CreatedAt"), Warnings: null });
    else if (path === "/networks") answer(response, 200, traces(query, "Created"));
    else if (noun === "images" && verb === "json") imageJson(decodeURIComponent(id), response);
    else if (noun !== "containers" || !container)
      answer(response, 404, { message: `No such container: ${id}` });
    else if (verb === "json") answer(response, 200, detailsJson(container));
    else if (verb === "archive") archive(container, query.get("path") ?? "", response);
    else answer(response, 404, { message: "page not found" });
  }

  function traces(query: URLSearchParams, dateField: string): unknown[] {
    const wanted: string[] = JSON.parse(query.get("filters") ?? "{}").label ?? [];
    return engine.traces
      .filter(({ labels }) => wanted.every((it) => labels[it.split("=")[0] ?? ""] === it.split("=")[1]))
      .map((it) => ({ Labels: it.labels, [dateField]: it.createdAt.toISOString() }));
  }

  function imageJson(id: string, response: ServerResponse): void {
    const image = containers.map((it) => it.image).find((it) => imageId(it) === id);
    if (!image) answer(response, 404, { message: `No such image: ${id}` });
    else
      answer(response, 200, {
        Id: id,
        RepoTags: [image.reference],
        Config: { Env: environment(image.env), Labels: image.labels ?? null },
      });
  }

  await new Promise<void>((ready) => server.listen(socket, ready));
  return engine;
}

interface FakeContainer {
  readonly id: string;
  readonly spec: ContainerSpec;
  readonly image: ImageSpec;
  readonly createdAt: Date;
}

function toContainers({ images, containers }: Miniature, createdAt: Date): FakeContainer[] {
  return containers.map((spec) => {
    const image = images.find((it) => it.reference === spec.image);
    if (!image) throw new Error(`no image ${spec.image} for ${spec.name}`);
    return { id: hash(spec.name + imageId(image) + JSON.stringify(spec.env)), spec, image, createdAt };
  });
}

function summaryJson({ id, spec, image, createdAt }: FakeContainer) {
  const running = spec.running !== false;
  return {
    Id: id,
    Names: [`/${spec.name}`],
    Image: spec.image,
    ImageID: imageId(image),
    Command: "./init_command.sh",
    Created: Math.floor(createdAt.getTime() / 1000),
    State: running ? "running" : "exited",
    Status: running ? "Up 5 minutes" : "Exited (0) 5 minutes ago",
    Labels: { ...image.labels, ...spec.labels },
  };
}

function detailsJson({ id, spec, image, createdAt }: FakeContainer) {
  return {
    Id: id,
    Created: createdAt.toISOString(),
    Name: `/${spec.name}`,
    Image: imageId(image),
    Config: {
      Hostname: id.slice(0, 12),
      Image: spec.image,
      Env: environment({ ...image.env, ...spec.env }),
      Labels: { ...image.labels, ...spec.labels },
    },
  };
}

/** A tar of the file, of the folder's files, or of the link itself, as the engine makes it. */
function archive({ image }: FakeContainer, path: string, response: ServerResponse): void {
  const tar = pack();
  const name = path.split("/").at(-1) ?? "";
  const link = image.links?.[path];
  const below = Object.entries(image.files).filter(([it]) => it.startsWith(`${path}/`));
  const content = image.files[path];
  if (link !== undefined) tar.entry({ name, type: "symlink", linkname: link });
  else if (content !== undefined) tar.entry({ name }, content);
  else if (below.length > 0) {
    tar.entry({ name, type: "directory" });
    for (const [it, text] of below) tar.entry({ name: name + it.slice(path.length) }, text);
  } else {
    answer(response, 404, { message: `Could not find the file ${path} in container` });
    return;
  }
  tar.finalize();
  response.writeHead(200, { "content-type": "application/x-tar" });
  pipeline(tar, response, () => {});
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { "content-type": "application/json" })
    .end(typeof body === "string" ? body : JSON.stringify(body));
}

function environment(env: Record<string, string>): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}

function imageId(image: ImageSpec): string {
  return `sha256:${hash(JSON.stringify(image))}`;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
