const CUT = "the connection was cut";
const NO_WAY = "there is no way to it: is this machine offline?";
const FORBIDDEN = "a firewall of this machine forbids it";
const UNKNOWN_ISSUER =
  "its TLS certificate is signed by nobody this machine trusts; NODE_EXTRA_CA_CERTS can name a private CA";
const WRONG_TIME = "or the clock of this machine is wrong";

/** By the `code` of the error, or else its name. */
const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: "its name is not known (DNS)",
  EAI_AGAIN: "DNS does not answer",
  EAI_FAIL: "DNS failed",
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: CUT,
  ECONNABORTED: CUT,
  EPIPE: CUT,
  ERR_HTTP_CONTENT_LENGTH_MISMATCH: CUT,
  ERR_STREAM_PREMATURE_CLOSE: CUT,
  EHOSTUNREACH: NO_WAY,
  ENETUNREACH: NO_WAY,
  EHOSTDOWN: NO_WAY,
  ENETDOWN: NO_WAY,
  EADDRNOTAVAIL: NO_WAY,
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  ETIMEDOUT: "no complete answer in time",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "its TLS certificate is for another name: does something else answer in its place?",
  CERT_HAS_EXPIRED: `its TLS certificate has expired, ${WRONG_TIME}`,
  CERT_NOT_YET_VALID: `its TLS certificate is not valid yet, ${WRONG_TIME}`,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_ISSUER,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_ISSUER,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_ISSUER,
  HPE_HEADER_OVERFLOW: "the headers of the answer are too long",
  ERR_PROXY_TUNNEL: "the proxy cut the connection",
  ERR_PROXY_PIECES: "the answer of the proxy comes in too many pieces",
  ERR_PROXY_INVALID_CONFIG: "the address of the proxy cannot be read",
  URIError: "the user name or password in the address of the proxy must be percent-encoded",
  ERR_ABORTED: "it was stopped",
};

/** What was not done when the time was up. */
const LATE: Readonly<Record<string, string>> = {
  lookup: "DNS does not answer in time",
  connect: "no connection in time: does a firewall block it?",
  secureConnect: "no TLS connection in time",
  response: "no answer in time",
};

/** The parts of an error of Node's or got's that are told; its message is not, as it may name the host or an address. */
interface NetworkError {
  readonly name: string;
  readonly code?: string;
  /** What got waited for when the time was up. */
  readonly event?: string;
  readonly timings?: { readonly socket?: number };
  readonly cause?: { readonly statusCode?: number };
}

/** What went wrong on the way, without addresses, names or paths. */
export function inWords(error: unknown): string {
  const { name, code = name, event = "", timings, cause } = error as NetworkError;
  if (code === "ERR_PROXY_TUNNEL" && cause?.statusCode === 407)
    return "the proxy wants a user name and a password (HTTP 407)";
  if (code === "ERR_PROXY_TUNNEL" && cause?.statusCode)
    return `the proxy did not let it through (HTTP ${cause.statusCode})`;
  // Only with a proxy does a request wait for its connection this long.
  if (code === "ETIMEDOUT" && timings && !timings.socket) return "the proxy gave no way through in time";
  if (/^(ERR_SSL_|EPROTO$)/.test(code))
    return `what answers there speaks no TLS that is understood (${code})`;
  return LATE[event] ?? REASONS[code] ?? (/^HPE_/.test(code) ? "the answer is not HTTP" : code);
}
