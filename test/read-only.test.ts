/** All that the program can do, behind a recorder: it reads, and it reads nothing but what the README lists. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { after, before, describe, test } from "node:test";
import { createApp } from "../src/app.ts";
import { loadConfig } from "../src/config.ts";
import { PATHS } from "../src/doctor.ts";
import { createLog } from "../src/log.ts";
import { COMMANDS } from "./support/commands.ts";
import { createEngineProxy, type EngineProxy } from "./support/engine-proxy.ts";
import { createFakeClock } from "./support/fake-clock.ts";
import { createFakeCollector, type FakeCollector } from "./support/fake-collector.ts";
import { createFakeEngine } from "./support/fake-engine.ts";
import { ENGINES, type InstallationHost } from "./support/installations.ts";
import { miniature } from "./support/miniature.ts";
import { freePort, visitPage } from "./support/page-visit.ts";
import { runSidecar, startSidecar, until } from "./support/sidecar.ts";

const PROJECT = "read-only-test";
const TOKEN = "the-token-of-this-test";
const MINUTE_MS = 60_000;

/** What the parameters of a request may say: nothing but what is looked for. */
const PARAMETERS: Readonly<Record<string, RegExp>> = {
  all: /^(1|true)$/,
  path: /^(\/opt\/openwisp\/openwisp\/(__init__\.py|module_settings\.py|VERSION)|\/usr\/local\/lib\/python\d\.\d+\/site-packages\/(openwisp_|netdiff|netjsonconfig)[\w.-]*\/(__init__\.py|info\.py|version\.py|METADATA)|\/etc\/hostname)$/,
  filters:
    /^\{("type":\["container"\],"event":\[[a-z",]+\]|"label":\["com\.docker\.compose\.project=(read-only-test|none)"\])\}$/,
  since: /^\d{10}(\.\d{1,9})?$/,
};

for (const engine of ENGINES)
  describe(`on ${engine.name}, nothing is done but read:`, { skip: engine.skip }, () => {
    let installations: InstallationHost;
    let proxy: EngineProxy;
    let recorder: Recorder;
    let collector: FakeCollector;
    let stateDir: string;
    let pagePort: number;

    before(async () => {
      installations = await engine.open();
      proxy = await createEngineProxy(installations.host);
      recorder = await createRecorder(proxy.host.replace("unix://", ""));
      collector = await createFakeCollector();
      stateDir = await mkdtemp(join(tmpdir(), "read-only-"));
      pagePort = await freePort();
      await installations.leaveTraces(PROJECT);
      await liveOnce();
      await installAndUpgrade();
      await withoutInfo();
      await lookAgainAfterAWhile();
    });

    after(async () => {
      await recorder.close();
      await proxy.close();
      await collector.close();
      await installations.close();
      await rm(stateDir, { recursive: true, force: true });
    });

    test("every request is a GET or a HEAD, and nothing else is ever said", () => {
      assert.ok(recorder.heads.length > 200, `${recorder.heads.length} requests`);
      for (const head of recorder.heads) assert.match(head, /^(GET|HEAD) \/\S* HTTP\/1\.1\r\n/);
      assert.deepEqual(
        recorder.heads.filter((it) => /^(content-length: [^0]|transfer-encoding|upgrade):?/im.test(it)),
        [],
      );
    });

    test("every path is one that the proxy of doctor lets through", () => {
      const allowed = new RegExp(`^(/v[0-9.]+)?/${PATHS}$`);
      for (const { pathname } of urls()) assert.match(decodeURIComponent(pathname), allowed);
    });

    test("the paths and their parameters are those that the README lists, no more and no fewer", async () => {
      assert.deepEqual([...requestForms()].toSorted(), (await listOfReadme()).toSorted());
    });

    test("the parameters say what is looked for, and nothing else", () => {
      for (const { searchParams } of urls())
        for (const [name, value] of searchParams) assert.match(value, PARAMETERS[name] ?? /^$/, name);
    });

    const env = () => ({
      DOCKER_HOST: recorder.host,
      COLLECTOR_URL: collector.url,
      STATE_DIR: stateDir,
      OPENWISP_PROJECT: PROJECT,
      SETTLE_SECONDS: "0",
      SYSTEM_INFO_PORT: String(pagePort),
      SYSTEM_INFO_HOST: "127.0.0.1",
      SYSTEM_INFO_TOKEN: TOKEN,
    });

    async function install(release: string): Promise<void> {
      await installations.install(
        miniature(release, { project: PROJECT, services: ["dashboard", "celerybeat", "nginx"] }),
      );
    }

    async function liveOnce(): Promise<void> {
      await install("25.10.2");
      for (const command of COMMANDS) await runSidecar(command.split(" "), { env: env() });
      await rm(stateDir, { recursive: true, force: true });
    }

    async function installAndUpgrade(): Promise<void> {
      const daemon = startSidecar(["run"], { env: env() });
      await until("the Install", () => daemon.stdout().includes("sent Install"), MINUTE_MS);
      await install("25.10.4");
      await until("the Upgrade", () => daemon.stdout().includes("sent Upgrade"), MINUTE_MS);
      await visitPage(pagePort, TOKEN);
      await daemon.stop();
    }

    /** Where a proxy forbids what is asked first, something else is asked. */
    async function withoutInfo(): Promise<void> {
      proxy.refuse = (_, path) => path === "/info";
      await runSidecar(["report"], { env: env() });
      proxy.refuse = () => false;
    }

    /** Streams of events are taken up again where they ended. */
    async function lookAgainAfterAWhile(): Promise<void> {
      const clock = createFakeClock(new Date(), () => recorder.heads.length + collector.requests.length);
      const stop = new AbortController();
      const app = createApp(loadConfig(env()), {
        version: "0.0.0",
        clock,
        random: () => 0.5,
        log: createLog({
          level: "silent",
          format: "text",
          destination: new PassThrough().resume(),
          now: clock.now,
        }),
        pid: process.pid,
        user: { uid: 0, gids: [0] },
        surroundings: { hostname: "test", readText: () => undefined },
      });
      const running = app.run(stop.signal);
      await clock.advance(25 * MINUTE_MS);
      stop.abort();
      await running;
    }

    function urls(): URL[] {
      return recorder.heads.map((it) => new URL(it.split(" ", 2)[1] ?? "", "http://engine"));
    }

    /** "GET /events filters since", with the parameters that any request for the path had. */
    function requestForms(): Set<string> {
      const parameters = new Map<string, Set<string>>();
      for (const head of recorder.heads) {
        const [method, target = ""] = head.split(" ", 2);
        const { pathname, searchParams } = new URL(target, "http://engine");
        const path = pathname.replace(/^(\/containers|\/images)\/[^/]+\/(\w+)$/, "$1/{id}/$2");
        const names = parameters.get(`${method} ${path}`) ?? new Set();
        for (const name of searchParams.keys()) names.add(name);
        parameters.set(`${method} ${path}`, names);
      }
      return new Set([...parameters].map(([path, names]) => [path, ...[...names].sort()].join(" ")));
    }
  });

test("the recorder would tell of a request that writes, of its body, and of what is no request", async () => {
  const fake = await createFakeEngine(miniature("25.10.4"));
  const recorder = await createRecorder(fake.host.replace("unix://", ""));
  const client = connect(recorder.host.replace("unix://", ""));
  client.end(
    "POST /containers/1/exec HTTP/1.1\r\nContent-Length: 3\r\n\r\n{ }GET /info HTTP/1.1\r\n\r\nhello",
  );
  await until("the end", () => recorder.heads.length === 3);
  assert.deepEqual(
    recorder.heads.map((it) => it.split("\r\n", 1)[0]),
    ["POST /containers/1/exec HTTP/1.1", "{ }GET /info HTTP/1.1", "hello"],
  );
  await recorder.close();
  await fake.close();
});

/** The lines of the table in the README: `| `GET /events` | `filters` `since` | why |`. */
async function listOfReadme(): Promise<string[]> {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const chapter =
    readme.split(/^## /m).find((it) => it.startsWith("A filtering proxy before the socket")) ?? "";
  const rows = chapter.matchAll(/^\| `((?:GET|HEAD) \/[^`]*)` \| ([^|]*)\|/gm);
  return [...rows].map(([, request = "", parameters = ""]) =>
    [request, ...[...parameters.matchAll(/`(\w+)`/g)].map((it) => it[1] ?? "").sort()].join(" "),
  );
}

interface Recorder {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** All that clients said, request by request, as it came. */
  readonly heads: string[];
  close(): Promise<void>;
}

/** Hands on every byte, whatever it means, and takes down those of the clients. */
async function createRecorder(engineSocket: string): Promise<Recorder> {
  const folder = await mkdtemp(join(tmpdir(), "recorder-"));
  const sockets = new Set<Socket>();
  const heads: string[] = [];
  const server = createServer((client) => {
    const upstream = connect(engineSocket);
    let said = "";
    client.on("data", (bytes) => {
      const parts = (said + bytes.toString("latin1")).split(/(?<=\r\n\r\n)/);
      said = parts.at(-1)?.endsWith("\r\n\r\n") ? "" : (parts.pop() ?? "");
      heads.push(...parts);
    });
    // What is left is no request, and is seen as such.
    client.on("close", () => said && heads.push(said));
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        for (const it of [client, upstream]) sockets.delete(it.destroy());
      });
    }
    client.pipe(upstream).pipe(client);
  });
  const socket = join(folder, "docker.sock");
  await new Promise<void>((ready) => server.listen(socket, ready));
  return {
    host: `unix://${socket}`,
    heads,
    async close() {
      for (const it of sockets) it.destroy();
      await new Promise((done) => server.close(done));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
