/** A request to the Docker Engine that did not give an answer we can use. */
export class EngineError extends Error {
  readonly code: "UNREACHABLE" | "REFUSED" | "FAILED";
  /** Whether it was this one request that got no answer in time. */
  readonly isTimeout: boolean;
  /** What the admin can do. */
  readonly hint: string;

  constructor(code: EngineError["code"], message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.isTimeout = (cause as Error | undefined)?.name === "TimeoutError";
    this.hint = hint;
  }
}

interface Clue {
  readonly code?: string;
  readonly name?: string;
  readonly statusCode?: number;
}

type Verdict = readonly [EngineError["code"], why: string, hint: string];

const MOUNT = "mount it with the volume /var/run/docker.sock:/var/run/docker.sock:ro, or set DOCKER_HOST";

const BY_CODE: Readonly<Record<string, Verdict>> = {
  ENOENT: ["UNREACHABLE", "there is no Docker socket", MOUNT],
  EACCES: [
    "UNREACHABLE",
    "permission to the Docker socket was denied",
    "run the container as root, or add the group that owns the socket (group_add)",
  ],
  ECONNREFUSED: [
    "UNREACHABLE",
    "the connection was refused",
    "is the Docker Engine, or the proxy before it, running?",
  ],
  ECONNRESET: [
    "UNREACHABLE",
    "the connection was cut",
    "is the Docker Engine, or the proxy before it, well?",
  ],
  ENOTFOUND: ["UNREACHABLE", "the host name is not known", "check DOCKER_HOST"],
};

/** The codes that Node gives for a certificate that does not hold (nodejs.org/api/tls.html#x509-certificate-error-codes). */
const UNTRUSTED =
  /^(UNABLE_TO_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/;
const TRUST =
  "ca.pem in DOCKER_CERT_PATH must be of the CA that signed the engine's certificate, and that be made for the host in DOCKER_HOST";
const NO_TLS = /^(ERR_SSL_|EPROTO$)/;
const CREDENTIALS =
  "does DOCKER_HOST name the port for TLS, and has DOCKER_CERT_PATH the cert.pem and key.pem that the engine wants?";

const FAILED: Verdict = [
  "FAILED",
  "it failed",
  "see the log of the Docker Engine, or of the proxy before it",
];

/** What happened while asking for `what` (a noun: "the list of containers"), in words for the log. */
export function toEngineError(what: string, error: unknown): EngineError {
  const clue = error as Clue;
  const [code, why, hint] = verdict(clue);
  return new EngineError(code, `the Docker Engine did not give ${what}: ${why}`, hint, error);
}

function verdict({ code, name, statusCode }: Clue): Verdict {
  if (statusCode === 403 || statusCode === 405)
    return [
      "REFUSED",
      `refused with HTTP ${statusCode}`,
      "a proxy before the socket does not allow this request",
    ];
  if (statusCode !== undefined && statusCode >= 300 && statusCode < 400)
    return [
      "FAILED",
      `redirected elsewhere with HTTP ${statusCode}`,
      "DOCKER_HOST must name the engine itself",
    ];
  // What a port for TLS answers to a client without.
  if (statusCode === 400) return ["FAILED", "HTTP 400", "if the engine wants TLS, set DOCKER_TLS_VERIFY"];
  // A proxy before an engine that is away.
  if (statusCode !== undefined && [502, 503, 504].includes(statusCode))
    return ["UNREACHABLE", `HTTP ${statusCode}`, FAILED[2]];
  if (statusCode !== undefined) return ["FAILED", `HTTP ${statusCode}`, FAILED[2]];
  // One request that hangs: the engine itself may be well.
  if (name === "TimeoutError") return ["FAILED", "no answer in time", FAILED[2]];
  // A DOMException's code is a number.
  const known = typeof code === "string" ? code : (name ?? "unknown error");
  if (UNTRUSTED.test(known)) return ["UNREACHABLE", `its certificate is not trusted (${known})`, TRUST];
  if (NO_TLS.test(known)) return ["UNREACHABLE", `TLS was not agreed on (${known})`, CREDENTIALS];
  return BY_CODE[known] ?? ["UNREACHABLE", known, FAILED[2]];
}
