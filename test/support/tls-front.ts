import { mkdtemp, readFile, rm } from "node:fs/promises";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type TLSSocket } from "node:tls";
import { run } from "./real-engine.ts";

/** A TCP address where a `unix://` engine is reached over TLS, by those who show a certificate of its CA. */
export interface TlsFront {
  /** DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH of a client that is let in. */
  readonly env: Record<string, string>;
  /** A certificate folder of another CA. */
  readonly strangerCertPath: string;
  /** A certificate folder with the right CA, and no certificate of the client's own. */
  readonly onlyCaPath: string;
  close(): Promise<void>;
}

/** Needs the `openssl` command. */
export async function createTlsFront(engine: string): Promise<TlsFront> {
  const folder = await mkdtemp(join(tmpdir(), "tls-front-"));
  const [ours, stranger] = [join(folder, "ours"), join(folder, "stranger")];
  await Promise.all([makeCertificates(ours), makeCertificates(stranger)]);
  const pem = (name: string) => readFile(join(ours, `${name}.pem`));
  const [ca, cert, key] = await Promise.all([pem("ca"), pem("server-cert"), pem("server-key")]);

  const sockets = new Set<TLSSocket>();
  const server = createServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true }, (client) => {
    sockets.add(client.on("close", () => sockets.delete(client)));
    const upstream = connect(engine.replace("unix://", ""));
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      from.on("error", () => to.destroy()).pipe(to);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  return {
    env: { DOCKER_HOST: `tcp://127.0.0.1:${port}`, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: ours },
    strangerCertPath: stranger,
    onlyCaPath: join(ours, "only-ca"),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A CA, a server's certificate for 127.0.0.1 and a client's, under the names that the docker CLI looks for. */
async function makeCertificates(folder: string): Promise<void> {
  const script = `
set -e
mkdir "$0"
cd "$0"
key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
openssl req -x509 $key -keyout ca-key.pem -out ca.pem -days 2 -subj "/CN=CA of a test"
printf "subjectAltName=IP:127.0.0.1" >server.cnf
printf "extendedKeyUsage=clientAuth" >client.cnf
sign() {
  openssl req $key -keyout "$2" -out request.pem -subj "/CN=$1"
  openssl x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile "$4" -out "$3"
}
sign engine server-key.pem server-cert.pem server.cnf
sign sidecar key.pem cert.pem client.cnf
mkdir only-ca
cp ca.pem only-ca
`;
  await run("sh", ["-c", script, folder]);
}
