/** What goes wrong with TLS. The CA of the tests is trusted, so that it is the fault itself that is found. */
import type { TlsOptions } from "node:tls";
import { type Certificate, type Certificates, createCertificates } from "./collector-certificates.ts";
import { type ExpectedAnswer, type Fault, head, misdeedsAt } from "./collector-fault.ts";
import { createHostileServer, type HostileServerOptions } from "./hostile-server.ts";

const unavailable = (reason: RegExp, withinMs = 6_000): ExpectedAnswer => ({
  kind: "unavailable",
  reason,
  withinMs,
});
const noTls = unavailable(/^what answers there speaks no TLS that is understood \(\w+\)$/);
const unknownIssuer = unavailable(/^its TLS certificate is signed by nobody .*NODE_EXTRA_CA_CERTS/);
const cut = unavailable(/^the connection was cut$/);

function behindTls(
  name: string,
  certificateOf: (certificates: Certificates) => Certificate,
  expected: ExpectedAnswer,
  { trusted = true, ...more }: TlsOptions & { readonly trusted?: boolean } = {},
): Fault {
  const server = (it: Certificates): HostileServerOptions => ({
    tls: { ...certificateOf(it), ...more },
    answer: (socket) => socket.write(head(204)),
  });
  return atHttps(name, server, expected, trusted);
}

function atHttps(
  name: string,
  options: (certificates: Certificates) => HostileServerOptions,
  expected: ExpectedAnswer,
  trusted = true,
): Fault {
  return {
    name,
    expected,
    async open() {
      const certificates = await createCertificates();
      const server = await createHostileServer(options(certificates));
      return {
        url: `https://127.0.0.1:${server.port}/`,
        ...(trusted && { env: { NODE_EXTRA_CA_CERTS: certificates.caFile } }),
        misdeeds: async () => [
          ...(await misdeedsAt([server])),
          ...(expected.kind !== "accepted" && server.requests.length > 0
            ? ["the report was sent all the same"]
            : []),
        ],
        close: async () => void (await Promise.all([server.close(), certificates.remove()])),
      };
    },
  };
}

export const TLS_FAULTS: readonly Fault[] = [
  behindTls("TLS with a private CA that is named", (it) => it.right, { kind: "accepted" }),
  behindTls("TLS with an unknown CA", (it) => it.right, unknownIssuer, { trusted: false }),
  behindTls("TLS with a certificate signed by itself", (it) => it.selfSigned, unknownIssuer),
  behindTls("TLS with a certificate for another name", (it) => it.otherName, unavailable(/for another name/)),
  behindTls("TLS with an expired certificate", (it) => it.expired, unavailable(/has expired, or the clock/)),
  behindTls("TLS of an old version", (it) => it.right, noTls, {
    minVersion: "TLSv1",
    maxVersion: "TLSv1.1",
    ciphers: "DEFAULT:@SECLEVEL=0",
  }),
  atHttps("HTTP where TLS is expected", () => ({ greet: (socket) => socket.end(`${head(204)}\n`) }), noTls),
  atHttps(
    "garbage where TLS is expected",
    () => ({ greet: (socket) => socket.write("\0".repeat(500)) }),
    noTls,
  ),
  atHttps(
    "a TLS handshake that is never done",
    () => ({}),
    unavailable(/^no TLS connection in time$/, 8_000),
  ),
  atHttps("a TLS handshake that is cut", () => ({ greet: (socket) => socket.resetAndDestroy() }), cut),
];
