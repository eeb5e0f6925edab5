import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { createEngine, type Engine } from "../../src/docker/engine.ts";
import { parseEngineAddress } from "../../src/docker/engine-address.ts";
import type { EngineError } from "../../src/docker/engine-error.ts";

const ID = "f".repeat(64);

for (const kind of ["unix", "tcp"] as const)
  describe(`an engine at a ${kind} address that redirects`, () => {
    let folder: string;
    let elsewhere: Server;
    let engineServer: Server;
    let engine: Engine;
    /** What the engine answers as Location; every other path is answered with an empty list. */
    let redirects: Record<string, string>;
    let asked: string[];

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "redirect-"));
      elsewhere = await listen((_, response) => response.end("[]"), 0);
      engineServer = await listen(
        ({ method, url = "" }, response) => {
          asked.push(`${method} ${url}`);
          const location = redirects[url.split("?")[0] ?? ""];
          if (location === undefined) response.setHeader("content-type", "application/json").end("[]");
          else response.writeHead(301, { location }).end();
        },
        kind === "unix" ? join(folder, "docker.sock") : 0,
      );
      const host =
        kind === "unix" ? `unix://${folder}/docker.sock` : `tcp://127.0.0.1:${portOf(engineServer)}`;
      engine = createEngine(parseEngineAddress({ DOCKER_HOST: host }));
    });

    beforeEach(() => {
      redirects = {};
      asked = [];
    });

    after(async () => {
      for (const server of [elsewhere, engineServer]) {
        server.closeAllConnections();
        server.close();
      }
      await rm(folder, { recursive: true });
    });

    test("to a path of its own is asked there, with the same query", async () => {
      redirects = { "/containers/json": "/v1.41/containers/json?all=true" };
      assert.deepEqual(await engine.listContainers(), []);
      assert.deepEqual(asked, ["GET /containers/json?all=true", "GET /v1.41/containers/json?all=true"]);
    });

    test("for ever is given up", async () => {
      redirects = { "/containers/json": "/containers/json" };
      await assert.rejects(engine.listContainers(), isFailure);
      assert.ok(asked.length < 5);
    });

    for (const [what, location] of [
      ["another address", () => `http://127.0.0.1:${portOf(elsewhere)}/containers/json`],
      ["another address of the same scheme", () => `//127.0.0.1:${portOf(elsewhere)}/containers/json`],
      ["a port where nobody listens", () => "http://127.0.0.1:1/"],
      ["an unknown scheme", () => "gopher://127.0.0.1/"],
      ["nonsense", () => "http://["],
    ] as const)
      test(`to ${what} is refused, and nothing is sent there`, async () => {
        let connections = 0;
        const count = () => connections++;
        elsewhere.on("connection", count);
        redirects = { "/containers/json": location(), [`/containers/${ID}/archive`]: location() };
        await assert.rejects(engine.listContainers(), isFailure);
        await assert.rejects(engine.readFile(ID, "/etc/hostname"), isFailure);
        await new Promise((done) => setTimeout(done, 50));
        elsewhere.off("connection", count);
        assert.equal(connections, 0);
        assert.equal(asked.length, 2);
      });
  });

function isFailure(error: EngineError): true {
  assert.equal(error.code, "FAILED");
  assert.match(error.message, /redirected.*HTTP 301/);
  assert.match(error.hint, /DOCKER_HOST/);
  return true;
}

function listen(answer: RequestListener, where: string | number): Promise<Server> {
  return new Promise((ready) => {
    const server: Server = createServer(answer);
    const isReady = () => ready(server);
    if (typeof where === "string") server.listen(where, isReady);
    else server.listen(where, "127.0.0.1", isReady);
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
