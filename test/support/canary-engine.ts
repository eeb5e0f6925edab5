import type { ServerResponse } from "node:http";
import { type Canaries, host } from "./canary.ts";
import {
  DETAILS,
  EVENT,
  fill,
  IMAGE,
  INFO,
  type Json,
  merge,
  NETWORK,
  SUMMARY,
  type Template,
  VERSION,
  VOLUME,
} from "./canary-answers.ts";
import { canaryInstallation, SHOWN } from "./canary-installation.ts";
import { createFakeEngine } from "./fake-engine.ts";
import { type Attack, createHostileEngine } from "./hostile-engine.ts";

/** An engine all of whose answers are full of secrets: whatever is not of use is one, keys of objects too. */
export interface CanaryEngine {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** Every request so far: "GET /containers/json", with the file that is asked for behind it. */
  readonly requests: readonly string[];
  /** How a request (written as in `requests`) is answered in place of the usual answer. */
  fault: (request: string) => Attack | undefined;
  /** Replaces all containers by those of another release. */
  install(release: string): void;
  close(): Promise<void>;
}

export async function createCanaryEngine(canaries: Canaries, firstRelease: string): Promise<CanaryEngine> {
  let release = firstRelease;
  const fake = await createFakeEngine(canaryInstallation(canaries, release));
  const project = canaries.mark("name of the project");
  fake.traces.push({ labels: { "com.docker.compose.project": project }, createdAt: new Date() });
  const hostile = await createHostileEngine(fake.host);
  const streams = new Set<ServerResponse>();
  const full = (place: string, template: Template) => fill(canaries, place, template);

  const answers: [request: RegExp, mark: (json: never) => unknown][] = [
    [
      /^GET \/containers\/json$/,
      (list: Json[]) =>
        list.map((it, n) => merge(full(`container ${n} of the list`, SUMMARY), identified(it))),
    ],
    [/^GET \/containers\/\w+\/json$/, (it: Json) => merge(full(`details of ${it.Name}`, DETAILS), it)],
    [
      /^GET \/images\/[^/]+\/json$/,
      (it: Json) => ({ ...merge(full("image", IMAGE), it), RepoTags: names() }),
    ],
    [/^GET \/info$/, (it: Json) => merge(full("info", INFO), withBuild(it))],
    [/^GET \/version$/, (it: Json) => merge(full("version", VERSION), withBuild(it))],
    [
      /^GET \/volumes$/,
      ({ Volumes }: { Volumes: Json[] }) => ({
        Volumes: Volumes.map((it, n) => merge(full(`volume ${n}`, VOLUME), it)),
        Warnings: [canaries.mark("warning about volumes")],
      }),
    ],
    [/^GET \/networks$/, (list: Json[]) => list.map((it, n) => merge(full(`network ${n}`, NETWORK), it))],
  ];

  /** Nobody knows these ids before the engine tells them. */
  function identified(json: Json): Json {
    const [name] = json.Names as string[];
    canaries.note(`id of ${name} ${release}`, String(json.Id));
    canaries.note(`image id of ${name} ${release}`, String(json.ImageID).replace("sha256:", ""));
    return json;
  }

  /** One that `explain` may show without its registry and its owner, and one of somebody else. */
  function names(): string[] {
    const registry = canaries.mark("registry of another name of the image", host);
    const owner = canaries.mark("owner in another name of the image");
    const name = `openwisp-${canaries.mark(`${SHOWN} another name of the image`)}`;
    return [
      `${canaries.mark("foreign name of the image")}:1.0`,
      `${registry}:5000/${owner}/${name}:${release}`,
    ];
  }

  function withBuild(json: Json): Json {
    return { ...json, KernelVersion: `6.1.0-${canaries.mark("build of the kernel")}` };
  }

  function usual(request: string): Attack | undefined {
    if (request === "GET /events") return listen;
    const found = answers.find(([pattern]) => pattern.test(request));
    if (!found) return undefined;
    return async (response, unmarked) => {
      const body = JSON.stringify(found[1]((await unmarked()) as never));
      begin(response).end(body);
    };
  }

  const listen: Attack = (response) => {
    begin(response).flushHeaders();
    streams.add(response);
    response.on("close", () => streams.delete(response));
  };

  function begin(response: ServerResponse): ServerResponse {
    return response.writeHead(200, {
      "content-type": "application/json",
      server: `Docker/${canaries.mark("header Server of the engine")}`,
      "x-served-by": canaries.mark("header X-Served-By of the engine", host),
    });
  }

  const engine: CanaryEngine = {
    host: hostile.host,
    requests: hostile.requests,
    fault: () => undefined,
    install(next) {
      release = next;
      fake.install(canaryInstallation(canaries, release));
      for (const it of streams) it.write(`${JSON.stringify(full("event", EVENT))}\n`);
    },
    async close() {
      await hostile.close();
      await fake.close();
    },
  };
  hostile.attack = (request) => engine.fault(request) ?? usual(request);
  return engine;
}
