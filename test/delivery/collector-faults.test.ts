import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import tls from "node:tls";
import { createCollector } from "../../src/delivery/collector.ts";
import { FAULTS, type OpenFault } from "../support/hostile-collector.ts";

const BODY = JSON.stringify({ idsite: 5, events: [{ name: "1.2.3" }] });

describe("the attempt to send a report", { concurrency: 24 }, () => {
  for (const { name, open, expected } of FAULTS)
    test(`${expected.kind}: ${name}`, { timeout: 25_000 }, async (t) => {
      const fault = await open();
      t.after(fault.close);
      const started = performance.now();
      const answer = await collectorAt(fault).post(BODY, t.signal);
      const tookMs = performance.now() - started;

      assert.equal(answer.kind, expected.kind, JSON.stringify(answer));
      if (answer.kind !== "accepted") {
        assert.match(answer.reason, expected.reason ?? /^$/);
        assert.doesNotMatch(answer.reason, /127\.0\.0\.1|\.invalid|cleaninsights/);
      }
      const { retryAfterMs } = answer as { retryAfterMs?: number };
      const [from, to] = expected.retryAfterMs ?? [];
      if (from === undefined || to === undefined) assert.equal(retryAfterMs, undefined);
      else
        assert.ok(
          retryAfterMs !== undefined && retryAfterMs >= from && retryAfterMs <= to,
          `${retryAfterMs} ms`,
        );
      assert.ok(tookMs < (expected.withinMs ?? 6_000), `it took ${tookMs} ms`);
      assert.deepEqual(await fault.misdeeds(), []);
    });
});

function collectorAt({ url, env = {} }: OpenFault) {
  const { NODE_EXTRA_CA_CERTS: caFile, HTTP_PROXY, HTTPS_PROXY, NO_PROXY } = env;
  if (caFile)
    tls.setDefaultCACertificates([...tls.getCACertificates("default"), readFileSync(caFile, "utf8")]);
  const proxyEnv = { HTTP_PROXY, HTTPS_PROXY, NO_PROXY };
  return createCollector({ url, proxyEnv, userAgent: "openwisp-metrics/0", now: () => new Date() });
}
