/** The engine and the collectors in a process of their own, so that what they cost is not counted. */
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createCertificates } from "../../test/support/collector-certificates.ts";
import { createFakeCollector } from "../../test/support/fake-collector.ts";
import { createFakeEngine } from "../../test/support/fake-engine.ts";
import { crowd, USUAL } from "./crowd.ts";
import type { Addresses, Command, Counts } from "./stand-ins.ts";

const engine = await createFakeEngine(crowd("25.10.3", USUAL));
const collector = await createFakeCollector();
const certificates = await createCertificates().catch(() => undefined);
let receivedOverTls = 0;
let lastReceivedAt = 0;

const secure = createServer({ ...certificates?.right }, (request, response) => {
  request.resume().on("end", () => {
    receivedOverTls++;
    lastReceivedAt = Date.now();
    response.writeHead(204).end();
  });
});
await new Promise<void>((ready) => secure.listen(0, "127.0.0.1", ready));

const addresses: Addresses = {
  engine: engine.host,
  collector: collector.url,
  ...(certificates && {
    secureCollector: `https://127.0.0.1:${(secure.address() as AddressInfo).port}/cleaninsights.php`,
    caFile: certificates.caFile,
  }),
};

process.on("message", ({ id, install }: Command) => {
  if (install) engine.install(crowd(install.release, install.total));
  const installedAt = Date.now();
  const received = collector.requests.length + receivedOverTls;
  const counts: Counts = { engineRequests: engine.requests.length, received, lastReceivedAt, installedAt };
  process.send?.({ id, counts });
});
process.on("disconnect", async () => {
  await certificates?.remove();
  process.exit();
});
process.send?.({ addresses });
