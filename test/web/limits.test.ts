import assert from "node:assert/strict";
import { once } from "node:events";
import type { Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { after, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createPageServer, LIMITS } from "../../src/web/server.ts";
import { readAll, recordLog, startTestPage, type TestPage } from "./support/test-page.ts";

const started: TestPage[] = [];
after(() => Promise.all(started.map((it) => it.stop())));

const start = async () => {
  const page = await startTestPage();
  started.push(page);
  return page;
};

/** A server with a page that only says what it got, and less patience. */
async function startServer(limits: Partial<typeof LIMITS>, page = async () => new Response("here")) {
  const { log, logger } = recordLog();
  const server = createPageServer(
    {
      basePath: "",
      healthy: () => ({ healthy: true, reason: "it runs" }),
      load: async () => page,
      log: logger,
    },
    { ...LIMITS, ...limits },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, log };
}

async function open(server: Server, bytes = ""): Promise<Socket> {
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  await once(socket, "connect");
  socket.write(bytes);
  return socket;
}

const ask = async (server: Server, bytes: string) => readAll(await open(server, bytes));
const GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const connections = (server: Server) =>
  new Promise((done) => server.getConnections((_, count) => done(count)));

describe("too much is refused", () => {
  const cases: [what: string, bytes: string, status: number][] = [
    ["an address", `GET /${"x".repeat(2_048)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 414],
    ["an address that fills the head", `GET /${"x".repeat(9_000)} HTTP/1.1\r\n\r\n`, 431],
    ["a header", `GET / HTTP/1.1\r\nx: ${"x".repeat(9_000)}\r\n\r\n`, 431],
    ["many headers", `GET / HTTP/1.1\r\n${"x: x\r\n".repeat(2_000)}\r\n`, 431],
    ["a body", `POST / HTTP/1.1\r\nContent-Length: 4097\r\n\r\n${"x".repeat(4_097)}`, 413],
    [
      "a body in chunks",
      `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2000\r\n${"x".repeat(8_192)}`,
      413,
    ],
  ];
  for (const [what, bytes, status] of cases)
    test(what, async () => {
      const page = await start();
      assert.match(await page.raw(bytes), new RegExp(`^HTTP/1\\.1 ${status} `));
    });

  test("what is just not too much is taken", async () => {
    const page = await start();
    const head = "HTTP/1.1\r\nHost: localhost\r\n";
    assert.match(await page.raw(`GET /${"x".repeat(2_047)} ${head}\r\n`), /^HTTP\/1\.1 401 /);
    assert.match(
      await page.raw(`POST /consent ${head}Content-Length: 4096\r\n\r\n${"x".repeat(4_096)}`),
      /^HTTP\/1\.1 401 /,
    );
  });

  test("an endless body is not read", { timeout: 20_000 }, async () => {
    const page = await start();
    const socket = await page.connect();
    const closed = new Promise((done) => socket.once("close", done));
    socket.write("POST /consent HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    let sent = 0;
    while (!socket.destroyed && sent < 2 ** 28) {
      const chunk = "x".repeat(65_536);
      sent += chunk.length;
      if (!socket.write(`10000\r\n${chunk}\r\n`))
        await Promise.race([new Promise((done) => socket.once("drain", done)), closed]);
    }
    await closed;
    assert.ok(sent < 2 ** 28, `${sent} bytes were taken`);
    assert.deepEqual(page.log.slice(1), []);
  });
});

describe("slow clients", () => {
  test("are told to go, whatever they dribble, while others are served", async () => {
    const { server, log } = await startServer({ receiveMs: 400 });
    const sockets = await Promise.all([
      open(server),
      open(server, "GET / HTTP/1.1\r\n"),
      open(server, "GET / HTTP/1.1\r\nx: "),
      open(server, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"),
      open(server, "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ]);
    const answers = Promise.all(sockets.map(readAll));
    const dribble = setInterval(() => {
      for (const socket of sockets.slice(2, 4)) socket.write("x");
      sockets[4]?.write("1\r\nx\r\n");
    }, 50);
    try {
      for (let i = 0; i < 5; i++) assert.match(await ask(server, GET), /here$/);
      for (const answer of await answers) assert.match(answer, /^HTTP\/1\.1 408 /);
    } finally {
      clearInterval(dribble);
    }
    assert.equal(await connections(server), 0);
    assert.deepEqual(log, []);
  });

  test("that never read their answer are cut off", async () => {
    const big = async () => new Response("x".repeat(2 ** 26));
    const { server } = await startServer({ receiveMs: 100, connectionMs: 500 }, big);
    const socket = await open(server, GET);
    socket.pause();
    await delay(1_000);
    assert.equal(await connections(server), 0);
    socket.destroy();
  });

  test("an answer that takes longer than a request may is given", async () => {
    const { server } = await startServer({ receiveMs: 50 }, async () => {
      await delay(200);
      return new Response("late");
    });
    assert.match(await ask(server, GET), /late$/);
  });

  test("have their ten seconds, and the others their answers", { timeout: 30_000 }, async () => {
    const page = await start();
    const began = performance.now();
    const slow = Array.from({ length: 5 }, () => page.raw("GET / HTTP/1.1\r\n"));
    assert.equal((await page.ask("/healthz")).status, 200);
    for (const answer of await Promise.all(slow)) assert.match(answer, /^HTTP\/1\.1 408 /);
    const seconds = (performance.now() - began) / 1000;
    assert.ok(seconds > 9.9 && seconds < 13, `${seconds} s`);
  });
});

describe("broken clients", () => {
  test("that close their half or all of the connection leave nothing behind", async () => {
    const { server, log } = await startServer({}, async () => {
      await delay(50);
      return new Response("x".repeat(2 ** 20));
    });
    const beginnings = [
      "",
      "GET",
      GET,
      "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx",
      "\r\n\r\n",
      "\x16\x03\x01\x02",
    ];
    for (const bytes of beginnings)
      for (const leave of ["end", "destroy", "resetAndDestroy"] as const) {
        const socket = await open(server, bytes);
        socket.resume();
        await delay(10);
        socket[leave]();
      }
    await delay(300);
    assert.equal(await connections(server), 0);
    assert.deepEqual(log, []);
    assert.match(await ask(server, GET), /^HTTP\/1\.1 200 /);
  });

  test("get one answer a connection, however much they ask", async () => {
    let asked = 0;
    const { server } = await startServer({}, async () => {
      asked++;
      return new Response("here");
    });
    const answer = await ask(server, GET.repeat(50));
    assert.equal(answer.split("HTTP/1.1 ").length, 2);
    assert.equal(asked, 1);
    const keepsAlive = GET.replace("\r\n\r\n", "\r\nConnection: keep-alive\r\n\r\n");
    assert.match(await ask(server, keepsAlive), /\r\nConnection: close\r\n/);
  });

  test("that are too many are turned away, and leave room again", async () => {
    const { server } = await startServer({ connections: 3 });
    const sockets = [await open(server), await open(server), await open(server)];
    assert.equal(await ask(server, GET), "");
    for (const socket of sockets) socket.destroy();
    await delay(50);
    assert.match(await ask(server, GET), /^HTTP\/1\.1 200 /);
  });
});

test("a stop does not wait for anybody", { timeout: 20_000 }, async () => {
  let asked = () => {};
  let fail = (_: Error) => {};
  const isAsked = new Promise<void>((done) => {
    asked = done;
  });
  const page = await startTestPage({
    model: () => {
      asked();
      return new Promise((_, reject) => {
        fail = reject;
      });
    },
  });
  const cookie = await page.signIn();
  const beginnings = [
    "",
    "GET / HT",
    "POST /consent HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx",
    `GET / HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\n\r\n`,
  ];
  const answers = Promise.all(beginnings.map((it) => page.raw(it)));
  await isAsked;
  const began = performance.now();
  await page.stop();
  assert.deepEqual(await answers, ["", "", "", ""]);
  assert.ok(performance.now() - began < 200);
  await assert.rejects(page.connect(), { code: "ECONNREFUSED" });
  fail(new Error("the engine was left"));
  await delay(20);
  assert.deepEqual(page.log.slice(1), []);
});
