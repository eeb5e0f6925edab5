import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type EngineError, toEngineError } from "../../src/docker/engine-error.ts";

const failure = (fields: object) =>
  Object.assign(new Error("connect to 10.1.2.3:2375 /home/me/docker.sock"), fields);

const CASES: [what: string, error: unknown, code: EngineError["code"], why: RegExp, hint: RegExp][] = [
  ["no socket", failure({ code: "ENOENT" }), "UNREACHABLE", /no Docker socket/, /mount it/],
  ["no permission", failure({ code: "EACCES" }), "UNREACHABLE", /permission/, /group_add/],
  ["nobody listens", failure({ code: "ECONNREFUSED" }), "UNREACHABLE", /refused/, /running/],
  ["cut off", failure({ code: "ECONNRESET" }), "UNREACHABLE", /cut/, /proxy/],
  ["no such name", failure({ code: "ENOTFOUND" }), "UNREACHABLE", /host name/, /DOCKER_HOST/],
  ["no answer", new DOMException("t", "TimeoutError"), "FAILED", /no answer in time/, /./],
  [
    "a stranger's certificate",
    failure({ code: "SELF_SIGNED_CERT_IN_CHAIN" }),
    "UNREACHABLE",
    /trusted/,
    /ca\.pem/,
  ],
  [
    "a certificate that is over",
    failure({ code: "CERT_HAS_EXPIRED" }),
    "UNREACHABLE",
    /CERT_HAS_EXPIRED/,
    /./,
  ],
  ["no TLS there", failure({ code: "EPROTO" }), "UNREACHABLE", /TLS/, /DOCKER_HOST/],
  ["TLS wanted", failure({ statusCode: 400 }), "FAILED", /HTTP 400/, /DOCKER_TLS_VERIFY/],
  ["sent away", failure({ statusCode: 307 }), "FAILED", /redirected.*HTTP 307/, /DOCKER_HOST/],
  ["something new", failure({ code: "EWHATEVER" }), "UNREACHABLE", /EWHATEVER/, /./],
  ["nothing known", new Error("10.1.2.3"), "UNREACHABLE", /: Error$/, /./],
  ["stopped by us", new DOMException("a", "AbortError"), "UNREACHABLE", /: [A-Za-z][A-Za-z ]*$/, /./],
  ["a proxy forbids", failure({ statusCode: 403 }), "REFUSED", /HTTP 403/, /proxy/],
  ["a proxy forbids the method", failure({ statusCode: 405 }), "REFUSED", /HTTP 405/, /proxy/],
  ["not there", failure({ statusCode: 404 }), "FAILED", /HTTP 404/, /./],
  ["broken", failure({ statusCode: 500 }), "FAILED", /HTTP 500/, /log/],
];

describe("a failure of the engine is told in words, with a hint and without addresses", () => {
  for (const [what, error, code, why, hint] of CASES)
    test(what, () => {
      const told = toEngineError("the list of containers", error);
      assert.equal(told.code, code);
      assert.ok(told.message.startsWith("the Docker Engine did not give the list of containers: "));
      assert.match(told.message, why);
      assert.match(told.hint, hint);
      assert.doesNotMatch(told.message + told.hint, /10\.1\.2\.3|\/home\/me/);
      assert.equal(told.cause, error);
    });
});
