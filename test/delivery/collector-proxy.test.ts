import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import tls from "node:tls";
import { createCollector } from "../../src/delivery/collector.ts";
import { type Certificates, createCertificates } from "../support/collector-certificates.ts";
import { head } from "../support/collector-fault.ts";
import { createForwardProxy, type ForwardProxy } from "../support/forward-proxy.ts";
import { createHostileServer, type HostileServer } from "../support/hostile-server.ts";

type Variables = { readonly HTTP_PROXY?: string; readonly HTTPS_PROXY?: string; readonly NO_PROXY?: string };

const PASSWORD = `Basic ${Buffer.from("admin:s3cret/").toString("base64")}`;
const answer = (socket: { write(text: string): unknown }) => socket.write(head(204));

describe("a proxy", () => {
  let certificates: Certificates;
  let http: HostileServer;
  let https: HostileServer;
  let proxy: ForwardProxy;

  before(async () => {
    certificates = await createCertificates();
    const ca = readFileSync(certificates.caFile, "utf8");
    tls.setDefaultCACertificates([...tls.getCACertificates("default"), ca]);
  });
  after(() => certificates.remove());

  beforeEach(async () => {
    http = await createHostileServer({ answer });
    https = await createHostileServer({ answer, tls: certificates.right });
    proxy = await createForwardProxy();
  });
  afterEach(() => Promise.all([proxy.close(), http.close(), https.close()]));

  test("of HTTP_PROXY carries http, and is the only one to be shown its password", async () => {
    await assertAccepted(`http://collector.test:${http.port}/a.php`, { HTTP_PROXY: withPassword(proxy.url) });
    const [{ line, headers } = assert.fail()] = proxy.requests;
    assert.equal(line, `POST http://collector.test:${http.port}/a.php`);
    assert.equal(headers["proxy-authorization"], PASSWORD);
    assert.match(http.requests[0] ?? "", /^POST \/a\.php HTTP\/1\.1\r\n/);
    assert.doesNotMatch(http.requests[0] ?? "", /authorization/i);
  });

  test("of HTTPS_PROXY carries https through CONNECT, and is the only one to be shown its password", async () => {
    const url = `https://collector.test:${https.port}/a.php`;
    await assertAccepted(url, { HTTPS_PROXY: withPassword(proxy.url) });
    assert.deepEqual(
      proxy.requests.map((it) => it.line),
      [`CONNECT collector.test:${https.port}`],
    );
    assert.equal(proxy.requests[0]?.headers["proxy-authorization"], PASSWORD);
    assert.equal(proxy.requests[0]?.headers["user-agent"], undefined);
    assert.match(https.requests[0] ?? "", /^POST \/a\.php HTTP\/1\.1\r\n/);
    assert.doesNotMatch(https.requests[0] ?? "", /authorization/i);
  });

  test("does not make the collector's certificate matter less", async () => {
    const other = await createHostileServer({ answer, tls: certificates.otherName });
    const result = await post(`https://collector.test:${other.port}/`, { HTTPS_PROXY: proxy.url });
    await other.close();
    assert.equal(result.kind, "unavailable");
    assert.match(result.reason, /for another name/);
    assert.deepEqual(other.requests, []);
  });

  test("may have an IPv6 address", async () => {
    const six = await createForwardProxy("::1");
    await assertAccepted(`https://collector.test:${https.port}/`, { HTTPS_PROXY: six.url });
    await assertAccepted(`http://collector.test:${http.port}/`, { HTTP_PROXY: six.url });
    await six.close();
    assert.equal(six.requests.length, 2);
  });

  test("for one scheme is not used for the other", async () => {
    await assertAccepted(`http://127.0.0.1:${http.port}/`, { HTTPS_PROXY: proxy.url });
    await assertAccepted(`https://127.0.0.1:${https.port}/`, { HTTP_PROXY: proxy.url });
    assert.deepEqual(proxy.requests, []);
  });

  test("is shown nothing where NO_PROXY excepts the collector, and the collector no password", async () => {
    for (const NO_PROXY of ["127.0.0.1", "*", "localhost, 127.0.0.1"]) {
      const HTTP_PROXY = withPassword(proxy.url);
      const variables = { HTTP_PROXY, HTTPS_PROXY: HTTP_PROXY, NO_PROXY };
      await assertAccepted(`http://127.0.0.1:${http.port}/`, variables);
      await assertAccepted(`https://127.0.0.1:${https.port}/`, variables);
    }
    assert.deepEqual(proxy.requests, []);
    assert.doesNotMatch([...http.requests, ...https.requests].join(), /authorization/i);
  });

  // A name that DNS does not know: it is reached through the proxy, or not at all.
  for (const [noProxy, isUsed] of [
    ["collector.example.invalid", false],
    ["Collector.Example.INVALID", false],
    [".example.invalid", false],
    ["*.example.invalid", false],
    ["a.invalid, .b.invalid ,collector.example.invalid", false],
    ["collector.example.invalid:PORT", false],
    ["collector.example.invalid:1", true],
    ["ollector.example.invalid", true],
    [".xample.invalid", true],
    ["collector.example.invalid.org", true],
    ["127.0.0.1", true],
  ] as const)
    test(`is ${isUsed ? "" : "not "}used with NO_PROXY=${noProxy}`, async () => {
      for (const [scheme, { port }] of Object.entries({ http, https })) {
        const NO_PROXY = noProxy.replace("PORT", `${port}`);
        const variables = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, NO_PROXY };
        const result = await post(`${scheme}://collector.example.invalid:${port}/`, variables);
        if (!isUsed) assert.match((result as { reason: string }).reason, /DNS/);
      }
      assert.equal(proxy.requests.length, isUsed ? 2 : 0);
    });

  async function assertAccepted(url: string, variables: Variables): Promise<void> {
    assert.deepEqual(await post(url, variables), { kind: "accepted", status: 204 });
  }
});

function post(url: string, { HTTP_PROXY, HTTPS_PROXY, NO_PROXY }: Variables) {
  const proxyEnv = { HTTP_PROXY, HTTPS_PROXY, NO_PROXY };
  const collector = createCollector({ url, proxyEnv, userAgent: "a/1", now: () => new Date() });
  return collector.post("{}", new AbortController().signal);
}

/** With a character that must be percent-encoded. */
function withPassword(url: string): string {
  return url.replace("//", "//admin:s3cret%2F@");
}
