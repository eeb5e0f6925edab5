import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./real-engine.ts";

export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** A private CA and what it signed. */
export interface Certificates {
  /** The file of the CA, for NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
  /** For 127.0.0.1, ::1 and collector.test. */
  readonly right: Certificate;
  readonly otherName: Certificate;
  readonly expired: Certificate;
  /** For 127.0.0.1, signed by itself. */
  readonly selfSigned: Certificate;
  remove(): Promise<void>;
}

const SCRIPT = `
set -e
cd "$0"
key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
openssl req -x509 $key -keyout ca-key.pem -out ca.pem -days 2 -subj "/CN=CA of a test"
openssl req -x509 $key -keyout selfSigned-key.pem -out selfSigned.pem -days 2 -subj "/CN=itself" \
  -addext "subjectAltName=IP:127.0.0.1"
sign() {
  openssl req $key -keyout "$1-key.pem" -out request.pem -subj "/CN=$1"
  printf "subjectAltName=$2" >san.cnf
  openssl x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days "$3" -extfile san.cnf -out "$1.pem"
}
sign right IP:127.0.0.1,IP:::1,DNS:collector.test 2
sign otherName DNS:portal.test 2
sign expired IP:127.0.0.1 -1
`;

/** Needs the `openssl` command. */
export async function createCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), "collector-certificates-"));
  await run("sh", ["-c", SCRIPT, folder]);
  const pair = async (name: string): Promise<Certificate> => ({
    key: await readFile(join(folder, `${name}-key.pem`)),
    cert: await readFile(join(folder, `${name}.pem`)),
  });
  return {
    caFile: join(folder, "ca.pem"),
    right: await pair("right"),
    otherName: await pair("otherName"),
    expired: await pair("expired"),
    selfSigned: await pair("selfSigned"),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
