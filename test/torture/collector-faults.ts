import { readFileSync } from "node:fs";
import tls from "node:tls";
import { createCollector } from "../../src/delivery/collector.ts";
import { FAULTS, type Fault } from "../support/hostile-collector.ts";
import type { Row } from "./row.ts";

const BODY = JSON.stringify({ idsite: 5, events: [{ name: "1.2.3" }] });
const LONGEST_MS = 3_000;

/** One attempt against each thing that is known to go wrong on the way to the collector. */
export async function tryCollectorFaults(): Promise<Row> {
  const results = await Promise.all(FAULTS.map(tryFault));
  const groups = Map.groupBy(FAULTS, ({ expected }) => expected.kind);
  const seen = [...groups].map(([kind, { length }]) => `${length} ${kind}`).join(", ");
  return { part: "collector", what: "faults on the way", times: FAULTS.length, seen, wrong: results.flat() };
}

async function tryFault({ name, expected, open }: Fault): Promise<string[]> {
  const fault = await open();
  try {
    const started = performance.now();
    const { NODE_EXTRA_CA_CERTS: caFile, HTTP_PROXY, HTTPS_PROXY, NO_PROXY } = fault.env ?? {};
    if (caFile)
      tls.setDefaultCACertificates([...tls.getCACertificates("default"), readFileSync(caFile, "utf8")]);
    const { post } = createCollector({
      url: fault.url,
      proxyEnv: { HTTP_PROXY, HTTPS_PROXY, NO_PROXY },
      userAgent: "openwisp-metrics/0",
      now: () => new Date(),
    });
    const answer = await post(BODY, new AbortController().signal);
    const tookMs = performance.now() - started;
    const wrong = (await fault.misdeeds()).map((it) => `${name}: ${it}`);
    if (answer.kind !== expected.kind) wrong.push(`${name}: ${answer.kind}`);
    if (tookMs > (expected.withinMs ?? LONGEST_MS))
      wrong.push(`${name}: it took ${Math.round(tookMs / 1000)} s`);
    return wrong;
  } catch (error) {
    return [`${name}: ${(error as Error).message}`];
  } finally {
    await fault.close();
  }
}
