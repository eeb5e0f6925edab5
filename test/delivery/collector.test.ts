import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { type CollectorOptions, createCollector } from "../../src/delivery/collector.ts";
import { createCertificates } from "../support/collector-certificates.ts";
import { head, misdeedsAt, whole } from "../support/collector-fault.ts";
import { createFakeCollector } from "../support/fake-collector.ts";
import { createHostileServer, type HostileServerOptions } from "../support/hostile-server.ts";

const BODY = JSON.stringify({ idsite: 5, events: [{ name: "1.2.3 é" }] });
const NO_PROXY_AT_ALL = { HTTP_PROXY: undefined, HTTPS_PROXY: undefined, NO_PROXY: undefined };
const never = () => new AbortController().signal;

function collectorAt(url: string, more: Partial<CollectorOptions> = {}) {
  const userAgent = "openwisp-metrics/1.2.3";
  return createCollector({ url, proxyEnv: NO_PROXY_AT_ALL, userAgent, now: () => new Date(), ...more });
}

async function serverFor(t: { after(done: () => unknown): void }, options: HostileServerOptions) {
  const server = await createHostileServer(options);
  t.after(server.close);
  return { ...server, url: `http://127.0.0.1:${server.port}/cleaninsights.php` };
}

describe("a report", { concurrency: true }, () => {
  test("is sent as it is, with nothing about the sender but the version", async (t) => {
    const server = await createFakeCollector();
    t.after(server.close);
    assert.deepEqual(await collectorAt(server.url).post(BODY, never()), { kind: "accepted", status: 204 });
    assert.deepEqual(server.bodies, [BODY]);
    const [{ method, headers } = assert.fail(), ...more] = server.requests;
    const { host } = new URL(server.url);
    assert.deepEqual(more, []);
    assert.equal(method, "POST");
    assert.deepEqual(headers, {
      "user-agent": "openwisp-metrics/1.2.3",
      "content-type": "application/json",
      "content-length": `${Buffer.byteLength(BODY)}`,
      host,
      connection: "close",
    });
  });

  test("goes to an IPv6 address, too", async (t) => {
    const server = await createHostileServer({ host: "::1", answer: (socket) => socket.write(head(204)) });
    t.after(server.close);
    const answer = await collectorAt(`http://[::1]:${server.port}/`).post(BODY, never());
    assert.equal(answer.kind, "accepted");
    assert.deepEqual(await misdeedsAt([server]), []);
  });

  test("has a connection of its own each time, and leaves nothing behind", async (t) => {
    const server = await serverFor(t, { answer: (socket) => socket.write(head(204)) });
    const warnings: Error[] = [];
    process.on("warning", (warning) => warnings.push(warning));
    const { signal } = new AbortController();
    const { post } = collectorAt(server.url);
    for (let i = 0; i < 20; i++) assert.equal((await post(BODY, signal)).kind, "accepted");
    assert.equal(server.accepted(), 20);
    await new Promise((done) => setTimeout(done, 50));
    assert.deepEqual([server.open(), warnings], [0, []]);
  });

  test("is too late for a date in Retry-After by the clock that is handed in", async (t) => {
    const headers = { "retry-after": "Mon, 23 Nov 2026 12:00:30 GMT" };
    const server = await serverFor(t, { answer: (socket) => socket.write(whole(503, "", headers)) });
    const at = (time: string) =>
      collectorAt(server.url, { now: () => new Date(`2026-11-23T${time}Z`) }).post(BODY, never());
    const reason = "HTTP 503";
    assert.deepEqual(await at("12:00:00"), { kind: "unavailable", reason, retryAfterMs: 30_000 });
    assert.deepEqual(await at("12:01:00"), { kind: "unavailable", reason, retryAfterMs: 0 });
  });

  test("that cannot even be tried is an answer, too", async () => {
    for (const [url, proxy, reason] of [
      ["no address", undefined, /^\w+$/],
      ["ftp://collector.invalid/", undefined, /^\w+$/],
      ["http://collector.invalid/", "http://[bad", /^the address of the proxy cannot be read$/],
      ["http://collector.invalid/", "http://%zz:secret@127.0.0.1/", /must be percent-encoded$/],
    ] as const) {
      const answer = await collectorAt(url, { proxyEnv: { ...NO_PROXY_AT_ALL, HTTP_PROXY: proxy } }).post(
        BODY,
        never(),
      );
      assert.equal(answer.kind, "unavailable");
      assert.match(answer.reason, reason);
    }
  });
});

describe("an attempt that is stopped ends at once", { concurrency: true }, () => {
  const STOPPED = { kind: "unavailable", reason: "it was stopped" };
  type Case = [when: string, options: HostileServerOptions, expected: object];
  const cases: Case[] = [
    ["while it waits for an answer", {}, STOPPED],
    ["in the headers", { answer: (socket) => socket.write("HTTP/1.1 204 No") }, STOPPED],
    [
      "in the body of 200",
      { answer: (socket) => socket.write(head(200, { "content-length": 9 })) },
      { kind: "unavailable", reason: "HTTP 200, then it was stopped" },
    ],
  ];
  for (const [when, options, expected] of cases)
    test(when, async (t) => {
      const server = await serverFor(t, options);
      await assertStops(collectorAt(server.url), expected);
      assert.deepEqual(await misdeedsAt([server]), []);
    });

  test("while it waits for a proxy", async (t) => {
    const proxy = await serverFor(t, {});
    const proxyEnv = { ...NO_PROXY_AT_ALL, HTTPS_PROXY: proxy.url };
    await assertStops(collectorAt("https://collector.invalid/", { proxyEnv }), STOPPED);
    assert.deepEqual(await misdeedsAt([proxy]), []);
  });

  test("before it has begun, without a connection", async (t) => {
    const server = await serverFor(t, { answer: (socket) => socket.write(head(204)) });
    assert.deepEqual(await collectorAt(server.url).post(BODY, AbortSignal.abort()), STOPPED);
    assert.equal(server.accepted(), 0);
  });

  async function assertStops({ post }: ReturnType<typeof collectorAt>, expected: object): Promise<void> {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 200);
    const started = performance.now();
    assert.deepEqual(await post(BODY, stop.signal), expected);
    assert.ok(performance.now() - started < 1_500);
  }
});

test("whether the collector answers is asked with HEAD; any answer is one", async (t) => {
  const server = await createFakeCollector();
  t.after(server.close);
  for (const status of [204, 302, 404, 500]) {
    server.answer = { status, headers: { location: "http://collector.invalid/" } };
    assert.equal(await collectorAt(server.url).reach(), undefined);
  }
  assert.deepEqual([...new Set(server.requests.map(({ method }) => method))], ["HEAD"]);
  assert.match((await collectorAt("http://127.0.0.1:1/").reach()) ?? "", /refused/);
});

test("a private CA is trusted where NODE_EXTRA_CA_CERTS names it, and only there", async (t) => {
  const certificates = await createCertificates();
  t.after(certificates.remove);
  const server = await createHostileServer({
    tls: certificates.right,
    answer: (socket) => socket.write(head(204)),
  });
  t.after(server.close);
  const source = new URL("../../src/delivery/collector.ts", import.meta.url);
  const script = `
    import { createCollector } from "${source}";
    const url = "https://127.0.0.1:${server.port}/";
    const { post } = createCollector({ url, proxyEnv: {}, userAgent: "a", now: () => new Date() });
    console.log(JSON.stringify(await post("{}", new AbortController().signal)));`;
  const posted = async (env: Record<string, string>) => {
    const args = ["--input-type=module", "-e", script];
    // Shorter than an attempt may take: what is left of one must not keep the process.
    const options = { env: { PATH: process.env.PATH, ...env }, timeout: 12_000 };
    return JSON.parse((await promisify(execFile)(process.execPath, args, options)).stdout);
  };
  assert.deepEqual(await posted({ NODE_EXTRA_CA_CERTS: certificates.caFile }), {
    kind: "accepted",
    status: 204,
  });
  const stranger = await posted({});
  assert.equal(stranger.kind, "unavailable");
  assert.match(stranger.reason, /NODE_EXTRA_CA_CERTS can name a private CA/);
});
