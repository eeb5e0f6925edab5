import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { configuredToken, freshPageUrl, pageUrl, TokenError } from "../../src/web/page-url.ts";
import { drawToken, hashToken, matchesHash } from "../../src/web/token.ts";

const folder = mkdtempSync(join(tmpdir(), "token-"));
after(() => rmSync(folder, { recursive: true }));

const SETTINGS = { port: 8088, host: "0.0.0.0", basePath: "", allowedHosts: [] };

const URLS: [settings: Partial<typeof SETTINGS>, token: string | undefined, url: string][] = [
  [{}, "t", "http://localhost:8088/?token=t"],
  [{ basePath: "/metrics" }, "t", "http://localhost:8088/metrics/?token=t"],
  [{ host: "::" }, "t", "http://localhost:8088/?token=t"],
  [{ host: "127.0.0.1", port: 80 }, "t", "http://127.0.0.1:80/?token=t"],
  [{ host: "::1" }, "t", "http://[::1]:8088/?token=t"],
  [{ host: "metrics" }, "a b&c", "http://metrics:8088/?token=a%20b%26c"],
  [{}, undefined, "http://localhost:8088/"],
];

describe("the address of the page", () => {
  for (const [settings, token, url] of URLS)
    test(url, () => assert.equal(pageUrl({ ...SETTINGS, ...settings }, token), url));
});

test("a token has 192 random bits, and only its hash is stored", () => {
  const hashes: string[] = [];
  const fresh = () =>
    new URL(freshPageUrl(SETTINGS, (hash) => hashes.push(hash))).searchParams.get("token") ?? "";
  const token = fresh();
  assert.match(token, /^[\w-]{32}$/);
  assert.deepEqual(hashes, [hashToken(token)]);
  assert.match(hashToken(token), /^[0-9a-f]{64}$/);
  assert.notEqual(fresh(), token);
  assert.equal(new Set(Array.from({ length: 1_000 }, drawToken)).size, 1_000);
});

test("a token matches its own hash only", () => {
  const token = drawToken();
  assert.ok(matchesHash(token, hashToken(token)));
  for (const hash of [hashToken("other"), hashToken(token).slice(2), "", "zz", undefined])
    assert.ok(!matchesHash(token, hash), hash);
});

test("a configured token is taken as it is, and nothing is stored", () => {
  const token = "chosen-by-the-admin";
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, ` ${token}-in-a-file\n`);
  for (const [settings, expected] of [
    [{ token }, token],
    [{ tokenFile }, `${token}-in-a-file`],
  ] as const)
    assert.ok(freshPageUrl({ ...SETTINGS, ...settings }, assert.fail).endsWith(`?token=${expected}`));
});

describe("a token file that gives no token", () => {
  const cases: [what: string, content: string | undefined][] = [
    ["does not exist", undefined],
    ["is empty", " \n"],
    ["has a token that is too short", "hunter2"],
  ];
  for (const [what, content] of cases)
    test(what, () => {
      const tokenFile = join(folder, what);
      if (content !== undefined) writeFileSync(tokenFile, content);
      assert.throws(
        () => configuredToken({ ...SETTINGS, tokenFile }),
        (error) => {
          assert.ok(error instanceof TokenError);
          assert.equal(error.message, `SYSTEM_INFO_TOKEN_FILE ${what}`);
          assert.match(error.hint, /at least 16 characters/);
          assert.ok(!`${error.message}${error.hint}`.includes("hunter2"));
          return true;
        },
      );
    });

  test("cannot be read", () => {
    const read = () => configuredToken({ ...SETTINGS, tokenFile: folder });
    assert.throws(read, { message: "SYSTEM_INFO_TOKEN_FILE cannot be read (EISDIR)" });
  });
});
