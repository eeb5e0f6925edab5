import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { HostInfo } from "../../src/docker/container-facts.ts";
import { inferHost, osReleaseName } from "../../src/installation/host.ts";

const INFO: HostInfo = {
  operatingSystem: "Ubuntu 24.04.3 LTS",
  kernelVersion: "6.8.0-45-generic",
  architecture: "x86_64",
  systemTime: undefined,
};

function valuesOf(...sources: Partial<HostInfo>[]) {
  const host = inferHost(sources.map((facts) => ["engine info", "GET /info", facts]));
  return [host.osVersion.value, host.kernelVersion.value, host.hardwarePlatform.value];
}

test("the engine's facts are the host's", () => {
  assert.deepEqual(valuesOf(INFO), ["Ubuntu 24.04.3 LTS", "6.8.0", "x86_64"]);
});

test("each value comes from the best source that has it", () => {
  const host = inferHost([
    ["engine info", "GET /info", {}],
    ["engine version", "GET /version", { kernelVersion: "6.8.0-45-generic", architecture: "amd64" }],
    ["os-release of the host", "/host/etc/os-release", { operatingSystem: "Alpine Linux v3.22" }],
    ["this host", "systeminformation", { kernelVersion: "5.15.0", architecture: "x64" }],
  ]);
  assert.deepEqual(
    [host.osVersion, host.kernelVersion, host.hardwarePlatform].map((it) => [
      it.value,
      it.evidence[0]?.source,
    ]),
    [
      ["Alpine Linux v3.22", "os-release of the host"],
      ["6.8.0", "engine version"],
      ["x86_64", "engine version"],
    ],
  );
  assert.deepEqual(
    host.kernelVersion.evidence.map((it) => it.value),
    ["6.8.0", "5.15.0"],
  );
});

test("a kernel patch level is not an upgrade", () => {
  for (const [said, expected] of [
    ["6.8.0-45-generic", "6.8.0"],
    ["6.8.0-51-generic", "6.8.0"],
    ["6.1.0", "6.1.0"],
    ["5.15.90.1-microsoft-standard-WSL2", "5.15.90.1"],
    ["-generic", undefined],
  ] as const)
    assert.equal(valuesOf({ kernelVersion: said })[1], expected);
});

test("a platform is named as uname names it, whoever tells", () => {
  for (const [said, expected] of [
    ["x86_64", "x86_64"],
    ["amd64", "x86_64"],
    ["x64", "x86_64"],
    ["aarch64", "aarch64"],
    ["arm64", "aarch64"],
    ["armv7l", "armv7l"],
    ["constructor", "constructor"],
  ] as const)
    assert.equal(valuesOf({ architecture: said })[2], expected);
});

describe("what an engine that does not know its host says is not sent:", () => {
  for (const [said, expected] of [
    ["Debian GNU/Linux 12 (bookworm) (containerized)", "Debian GNU/Linux 12 (bookworm)"],
    ["Debian GNU/Linux 12 (bookworm)", "Debian GNU/Linux 12 (bookworm)"],
    ["(containerized)", undefined],
    ["<unknown>", undefined],
    ["", undefined],
  ] as const)
    test(JSON.stringify(said), () => assert.equal(valuesOf({ operatingSystem: said })[0], expected));
});

test("nothing known is unknown, not a guess", () => {
  assert.deepEqual(valuesOf(), [undefined, undefined, undefined]);
  assert.deepEqual(valuesOf({}), [undefined, undefined, undefined]);
});

const OS_RELEASE: [what: string, content: string, expected: string | undefined][] = [
  [
    "Debian's",
    'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\n',
    "Debian GNU/Linux 13 (trixie)",
  ],
  ["in single quotes", "NAME=x\nPRETTY_NAME='Arch Linux'\n", "Arch Linux"],
  ["without quotes", "PRETTY_NAME=Gentoo/Linux\n", "Gentoo/Linux"],
  ["with Windows line ends", 'NAME=x\r\nPRETTY_NAME="Linux 1"\r\n', "Linux 1"],
  ["without a pretty name", 'NAME="Linux"\nVERSION_ID=1\n', undefined],
  ["with an empty one", 'PRETTY_NAME=""\n', undefined],
  ["with one that is commented out", '#PRETTY_NAME="x"\n', undefined],
  ["of another variable", 'MY_PRETTY_NAME="x"\n', undefined],
  ["with an unclosed quote", 'PRETTY_NAME="x\n', undefined],
  ["with a name that is too long", `PRETTY_NAME="${"x".repeat(129)}"\n`, undefined],
  ["with a control character in it", 'PRETTY_NAME="Linux\u001b[2J"\n', "Linux[2J"],
  ["empty", "", undefined],
];

describe("the distribution's name is read from an os-release file", () => {
  for (const [what, content, expected] of OS_RELEASE)
    test(what, () => assert.equal(osReleaseName(content), expected));
});
