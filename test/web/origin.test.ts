import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isAllowedHost, isSameOrigin } from "../../src/web/origin.ts";

const ALLOWED = ["metrics.example.org", ".example.net"];

const HOSTS: [host: string | undefined, allowed: boolean][] = [
  ["localhost", true],
  ["localhost:8088", true],
  ["LOCALHOST:8088", true],
  ["localhost.", true],
  ["metrics.localhost:8088", true],
  ["127.0.0.1", true],
  ["127.0.0.1:8088", true],
  ["192.168.1.20:80", true],
  ["[::1]", true],
  ["[::1]:8088", true],
  ["[fd00::1:2]:8088", true],
  ["[::ffff:127.0.0.1]:8088", true],
  ["metrics.example.org", true],
  ["Metrics.Example.org:8443", true],
  ["example.net", true],
  ["a.b.example.net:80", true],
  [undefined, false],
  ["", false],
  [":8088", false],
  ["evil.example", false],
  ["evil.example:8088", false],
  ["localhost.evil.example", false],
  ["notlocalhost", false],
  ["127.0.0.1.evil.example", false],
  ["2130706433", false],
  ["0x7f.1", false],
  ["[evil.example]", false],
  ["[::1", false],
  ["::1", false],
  ["[127.0.0.1]", false],
  ["evilexample.net", false],
  ["x.metrics.example.org", false],
  ["localhost:8088:1", false],
  ["localhost:port", false],
  ["evil.example@localhost", false],
  ["localhost/evil", false],
  ["localhost, evil.example", false],
  ["localhost evil.example", false],
];

describe("the Host header", () => {
  for (const [host, allowed] of HOSTS)
    test(`${host} is ${allowed ? "allowed" : "refused"}`, () =>
      assert.equal(isAllowedHost(host, ALLOWED), allowed));
});

const ORIGINS: [origin: string | undefined, host: string | undefined, same: boolean][] = [
  ["http://localhost:8088", "localhost:8088", true],
  ["http://LOCALHOST:8088", "localhost:8088", true],
  ["http://localhost", "localhost", true],
  ["http://localhost", "localhost:80", true],
  ["https://metrics.example.org", "metrics.example.org", true],
  ["https://metrics.example.org", "metrics.example.org:443", true],
  ["https://metrics.example.org:8443", "metrics.example.org:8443", true],
  ["http://[::1]:8088", "[::1]:8088", true],
  [undefined, "localhost:8088", false],
  ["", "localhost:8088", false],
  ["null", "localhost:8088", false],
  ["null", "null", false],
  ["http://localhost", "localhost:8088", false],
  ["http://localhost:8089", "localhost:8088", false],
  ["http://127.0.0.1:8088", "localhost:8088", false],
  ["http://evil.example", "localhost:8088", false],
  ["http://localhost:8088.evil.example", "localhost:8088", false],
  ["http://localhost:8088@evil.example", "localhost:8088", false],
  ["http://localhost:8088/", "localhost:8088", false],
  ["file://", "localhost:8088", false],
  ["chrome-extension://localhost:8088", "localhost:8088", false],
  ["localhost:8088", "localhost:8088", false],
  ["http://localhost:8088", undefined, false],
  ["http://undefined", undefined, false],
];

describe("the Origin header", () => {
  for (const [origin, host, same] of ORIGINS)
    test(`${origin} is ${same ? "that" : "not that"} of ${host}`, () =>
      assert.equal(isSameOrigin(origin, host), same));
});
