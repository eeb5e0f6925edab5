import assert from "node:assert/strict";
import { test } from "node:test";
import { gt, valid } from "@renovatebot/pep440";
import { MODULES } from "../../src/installation/modules.ts";
import { knownVersions, RELEASES, releaseByLiteral } from "../../src/installation/releases.ts";

const NAMES = [
  "openwisp-controller",
  "openwisp-firmware-upgrader",
  "openwisp-ipam",
  "openwisp-monitoring",
  "openwisp-network-topology",
  "openwisp-notifications",
  "openwisp-radius",
  "openwisp-users",
  "openwisp-utils",
  "netdiff",
  "netjsonconfig",
];

test("only these are ever sent by name, OpenWISP's modules first, each group sorted", () => {
  assert.deepEqual(
    MODULES.map((it) => it.name),
    NAMES,
  );
});

test("four modules have a switch, and two libraries count whenever they are installed", () => {
  assert.deepEqual(
    MODULES.flatMap((it) => (it.switch ? `${it.name} ${it.switch}` : [])),
    [
      "openwisp-firmware-upgrader USE_OPENWISP_FIRMWARE",
      "openwisp-monitoring USE_OPENWISP_MONITORING",
      "openwisp-network-topology USE_OPENWISP_TOPOLOGY",
      "openwisp-radius USE_OPENWISP_RADIUS",
    ],
  );
  assert.deepEqual(
    MODULES.filter((it) => it.isLibrary).map((it) => it.package),
    ["netdiff", "netjsonconfig"],
  );
  assert.equal(
    MODULES.find((it) => it.name === "openwisp-network-topology")?.package,
    "openwisp_network_topology",
  );
});

test("each release knows its Python and every module's version, and comes after the one before it", () => {
  for (const [index, { version, python, modules }] of RELEASES.entries()) {
    const before = RELEASES[index - 1];
    assert.ok(!before || gt(version, before.version), version);
    assert.match(python, /^3\.\d+$/);
    assert.deepEqual(Object.keys(modules).sort(), [...NAMES].sort(), version);
    for (const moduleVersion of Object.values(modules)) assert.ok(valid(moduleVersion), moduleVersion);
  }
});

test("a release has what it changed and what it kept", () => {
  const release = RELEASES.find((it) => it.version === "25.10.2");
  assert.equal(release?.python, "3.14");
  assert.deepEqual(release?.modules, {
    "openwisp-controller": "1.2",
    "openwisp-firmware-upgrader": "1.2.1",
    "openwisp-ipam": "1.2.post1",
    "openwisp-monitoring": "1.2",
    "openwisp-network-topology": "1.2",
    "openwisp-notifications": "1.2.1",
    "openwisp-radius": "1.2",
    "openwisp-users": "1.2.0",
    "openwisp-utils": "1.2.2",
    netdiff: "1.2",
    netjsonconfig: "1.2",
  });
});

test("a release is told by what its images call themselves, where that fits only one", () => {
  for (const [literal, python, expected] of [
    ["24.0.0a", "3.12", "24.11.0"],
    ["24.0.0a", undefined, "24.11.0"],
    ["24.11.1", "3.12", "24.11.1"],
    ["25.10.1", "3.13", "25.10.1"],
    ["25.10.1", "3.14", "25.10.2"],
    ["25.10.1", undefined, undefined],
    ["25.10.2", "3.14", undefined],
    ["24.11.0", "3.12", undefined],
    ["99.1.0", "3.14", undefined],
  ] as const)
    assert.equal(releaseByLiteral(literal, python)?.version, expected, `${literal} on ${python}`);
});

test("a module's known versions come newest first", () => {
  assert.deepEqual(knownVersions("openwisp-notifications"), ["1.2.3", "1.2.2", "1.2.1", "1.2", "1.1"]);
  assert.deepEqual(knownVersions("openwisp-users"), ["1.2.2", "1.2.0", "1.1.0"]);
  assert.deepEqual(knownVersions("acme-module"), []);
});
