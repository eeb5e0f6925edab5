import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Canaries, createCanaries, host, ip, password, path } from "./canary.ts";
import { type CanaryEngine, createCanaryEngine } from "./canary-engine.ts";
import { SHOWN, secretsOf } from "./canary-installation.ts";
import { createFakeCollector, type FakeCollector } from "./fake-collector.ts";
import { freePort, visitPage } from "./page-visit.ts";
import { type Sidecar, type SidecarOptions, startSidecar } from "./sidecar.ts";

/** The program between an engine, a collector and an environment that are full of secrets. */
export interface CanaryWorld {
  readonly canaries: Canaries;
  readonly engine: CanaryEngine;
  /** Also plays the proxy on the way to it. */
  readonly collector: FakeCollector;
  readonly stateDir: string;
  run(args: string[], more?: Options): Promise<{ code: unknown; stdout: string; stderr: string }>;
  start(args: string[], more?: Options): Sidecar;
  /** Takes down what else was said. */
  hear(where: string, text: string | Buffer): void;
  /** Looks at the System Info page, signed in and not. */
  visitPage(): Promise<void>;
  /** Takes down what the files of the state are now. */
  hearState(when: string): Promise<void>;
  /** Everything that left the program so far and holds a secret that it must not hold: where, which, and around it. */
  leaks(): Promise<string[]>;
  close(): Promise<void>;
}

export interface Options extends Pick<SidecarOptions, "program"> {
  readonly env?: Record<string, string>;
}

/** How long a command may take. */
const MAX_MS = 60_000;

/** Where secrets of some places are meant to be. */
const BY_DESIGN: readonly (readonly [where: RegExp, place: RegExp])[] = [
  [/^standard output of explain/, new RegExp(`^${SHOWN}`)],
  [/^System Info page/, new RegExp(`^${SHOWN}`)],
  [/^standard output of page-url/, /^SYSTEM_INFO_TOKEN$/],
  [/^headers of request/, /^(COLLECTOR_URL|HTTP_PROXY):/],
  // Node writes out what it sends, and warns of it.
  [/^standard error of .* with NODE_DEBUG/, /^(COLLECTOR_URL|HTTPS?_PROXY|NO_PROXY):/],
];

export async function createCanaryWorld(release = "25.10.3"): Promise<CanaryWorld> {
  const canaries = createCanaries();
  const engine = await createCanaryEngine(canaries, release);
  const collector = await createFakeCollector();
  const folder = await mkdtemp(join(tmpdir(), "canary-"));
  const stateDir = join(folder, "state");
  const pagePort = await freePort();
  const heard: [where: string, text: string | Buffer][] = [];
  const running = new Set<Sidecar>();
  const preload = join(folder, "preload.mjs");
  await writeFile(preload, ownHostName(canaries.mark("own host name", host)));

  const usual = {
    ...environment(canaries, collector.url),
    NODE_OPTIONS: `--import=${preload}`,
    DOCKER_HOST: engine.host,
    STATE_DIR: stateDir,
    SETTLE_SECONDS: "0",
    LOG_LEVEL: "trace",
    SYSTEM_INFO_PORT: String(pagePort),
    SYSTEM_INFO_HOST: "127.0.0.1",
  };

  function options({ env, program }: Options): SidecarOptions {
    const NODE_OPTIONS = [usual.NODE_OPTIONS, env?.NODE_OPTIONS ?? ""].join(" ");
    return { env: { ...usual, ...env, NODE_OPTIONS }, ...(program && { program }) };
  }

  async function hearFolder(directory: string, when: string): Promise<void> {
    await mkdir(stateDir, { recursive: true });
    for (const name of await readdir(directory, { recursive: true, withFileTypes: true }))
      if (name.isFile()) {
        const content = await readFile(join(name.parentPath, name.name)).catch(() => "");
        world.hear(`${name.name} ${when}`, content);
      }
  }

  const world: CanaryWorld = {
    canaries,
    engine,
    collector,
    stateDir,
    async run(args, more = {}) {
      const sidecar = world.start(args, more);
      const timer = setTimeout(() => sidecar.stop("SIGKILL"), MAX_MS);
      const code = await sidecar.ended;
      clearTimeout(timer);
      return { code, stdout: sidecar.stdout(), stderr: sidecar.stderr() };
    },
    start(args, more = {}) {
      const sidecar = startSidecar(args, options(more));
      const what = describeRun(args, more);
      running.add(sidecar);
      void sidecar.ended.then(() => {
        running.delete(sidecar);
        world.hear(`standard output of ${what}`, sidecar.stdout());
        world.hear(`standard error of ${what}`, sidecar.stderr());
      });
      return sidecar;
    },
    hear: (where, text) => void heard.push([where, text]),
    async visitPage() {
      for (const [where, text] of await visitPage(pagePort, canaries.mark("SYSTEM_INFO_TOKEN")))
        world.hear(`System Info page ${where}`, text);
    },
    hearState: (when) => hearFolder(stateDir, when),
    async leaks() {
      await hearFolder(stateDir, "in the end");
      const sent = collector.bodies.map((body, n) => [`body of request ${n}`, body] as const);
      const headers = collector.requests.map(
        (it, n) => [`headers of request ${n}`, `${it.method} ${JSON.stringify(it.headers)}`] as const,
      );
      const found = [...heard, ...sent, ...headers].flatMap(([where, text]) =>
        canaries
          .find(text)
          .filter((it) => !BY_DESIGN.some(([w, p]) => w.test(where) && p.test(it.place)))
          .map((it) => `${where}: ${it.place} (${it.form}): ${printable(it.around)}`),
      );
      return [...new Set(found)];
    },
    async close() {
      for (const it of running) await it.stop("SIGKILL");
      await engine.close();
      await collector.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return world;
}

/** The environment that comes with OpenWISP's .env, and ours with secrets where they may be. */
function environment(canaries: Canaries, collectorUrl: string): Record<string, string> {
  const { mark } = canaries;
  const user = (of: string) => `${mark(`${of}: user`)}:${mark(`${of}: password`)}@`;
  const page = `/${mark("COLLECTOR_URL: path")}?key=${mark("COLLECTOR_URL: query")}`;
  return {
    ...secretsOf(canaries, "the environment"),
    COLLECTOR_URL: `http://${user("COLLECTOR_URL")}${mark("COLLECTOR_URL: host", host)}${page}`,
    HTTP_PROXY: `http://${user("HTTP_PROXY")}${new URL(collectorUrl).host}`,
    HTTPS_PROXY: `http://${user("HTTPS_PROXY")}127.0.0.1:1`,
    NO_PROXY: `${mark("NO_PROXY: host", host)},${mark("NO_PROXY: address", ip)}`,
    SYSTEM_INFO_TOKEN: mark("SYSTEM_INFO_TOKEN"),
    SYSTEM_INFO_ALLOWED_HOSTS: mark("SYSTEM_INFO_ALLOWED_HOSTS", host),
    OPENWISP_PROJECT: mark("name of the project"),
    DOCKER_CERT_PATH: mark("DOCKER_CERT_PATH", path),
    TZ: mark("TZ"),
    NO_COLOR: mark("NO_COLOR"),
    HOME: mark("HOME", path),
    USER: mark("USER"),
    HOSTNAME: mark("HOSTNAME", host),
    SUDO_COMMAND: mark("SUDO_COMMAND", password),
  };
}

function ownHostName(name: string): string {
  return `import os from "node:os"; import { syncBuiltinESMExports } from "node:module";
os.hostname = () => ${JSON.stringify(name)}; syncBuiltinESMExports();`;
}

function describeRun(args: readonly string[], { env = {} }: Options): string {
  const { NODE_OPTIONS, ...shown } = env;
  return [args.join(" "), ...Object.keys(shown).map((it) => `with ${it}`)].join(" ");
}

function printable(text: string): string {
  return text.replace(/[^ -~]+/g, " ");
}
