import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Finding } from "../../src/installation/evidence.ts";
import { type InstallationSnapshot, versionsOf } from "../../src/installation/snapshot.ts";
import { buildBody, buildEvents } from "../../src/report/events.ts";

const known = (value: string): Finding => ({
  value,
  evidence: [{ source: "label", value, where: "secret place", said: `${value}+acme` }],
});
const UNKNOWN: Finding = { value: undefined, evidence: [] };

const SNAPSHOT: InstallationSnapshot = {
  openwispVersion: known("25.10.4"),
  modules: {
    "openwisp-controller": known("1.2.3"),
    "openwisp-users": known("1.2.2"),
    netdiff: known("1.2"),
    netjsonconfig: known("1.2.1"),
  },
  osVersion: known("Debian GNU/Linux 13 (trixie)"),
  kernelVersion: known("6.12.48"),
  hardwarePlatform: known("x86_64"),
  installationMethod: known("docker-openwisp"),
  enabledModules: "INSTALLED_APPS",
  heldBack: [{ what: "openwisp_secret", why: "it could tell whose it is" }],
  warnings: ["a secret warning"],
};
const AT = new Date("2025-11-23T12:13:20.999Z");

test("the body is exactly what the collector expects, and nothing else", () => {
  const event = (action: string, name: string) =>
    `{"category":"Install","action":"${action}","name":"${name}","value":1,"times":1,"period_start":1763900000,"period_end":1763900000}`;
  const events = [
    event("openwisp-controller", "1.2.3"),
    event("openwisp-users", "1.2.2"),
    event("netdiff", "1.2"),
    event("netjsonconfig", "1.2.1"),
    event("OpenWISP Version", "25.10.4"),
    event("os_version", "Debian GNU/Linux 13 (trixie)"),
    event("kernel_version", "6.12.48"),
    event("hardware_platform", "x86_64"),
    event("Installation Method", "docker-openwisp"),
  ];
  assert.equal(buildBody("Install", SNAPSHOT, AT, 5), `{"idsite":5,"events":[${events.join(",")}]}`);
});

test("every event has the category of the report and the second of the observation", () => {
  for (const category of ["Install", "Upgrade", "Heartbeat"] as const)
    for (const event of buildEvents(category, SNAPSHOT, AT)) {
      assert.equal(event.category, category);
      assert.equal(event.period_start, 1763900000);
      assert.equal(event.period_end, 1763900000);
    }
});

describe("an unknown value is left out:", () => {
  const cases: [what: string, unknown: Partial<InstallationSnapshot>, missing: string[]][] = [
    ["OpenWISP's version", { openwispVersion: UNKNOWN }, ["OpenWISP Version"]],
    ["the distribution", { osVersion: UNKNOWN }, ["os_version"]],
    ["the kernel", { kernelVersion: UNKNOWN }, ["kernel_version"]],
    ["the platform", { hardwarePlatform: UNKNOWN }, ["hardware_platform"]],
    ["the method", { installationMethod: UNKNOWN }, ["Installation Method"]],
    ["an empty text", { osVersion: known("") }, ["os_version"]],
    ["a module", { modules: { ...SNAPSHOT.modules, "openwisp-users": UNKNOWN } }, ["openwisp-users"]],
  ];
  const all = buildEvents("Heartbeat", SNAPSHOT, AT).map((it) => it.action);
  for (const [what, unknown, missing] of cases)
    test(what, () => {
      const events = buildEvents("Heartbeat", { ...SNAPSHOT, ...unknown }, AT);
      assert.deepEqual(
        events.map((it) => it.action),
        all.filter((it) => !missing.includes(it)),
      );
    });
});

test("texts are escaped as Django does it", () => {
  for (const [value, expected] of [
    ["a & b", "a &amp; b"],
    ["<b>", "&lt;b&gt;"],
    ['say "x"', "say &quot;x&quot;"],
    ["it's", "it&#x27;s"],
    ["&amp;", "&amp;amp;"],
    [`<a href="x" title='y'>&`, "&lt;a href=&quot;x&quot; title=&#x27;y&#x27;&gt;&amp;"],
    ["naïve / 龍 ` =", "naïve / 龍 ` ="],
  ] as const) {
    const snapshot = { ...SNAPSHOT, modules: { [value]: known("1") }, osVersion: known(value) };
    const events = buildEvents("Heartbeat", snapshot, AT);
    assert.equal(events[0]?.action, expected);
    assert.equal(events.find((it) => it.action === "os_version")?.name, expected);
  }
});

test("the method is reported, but is no version that is compared", () => {
  assert.deepEqual(versionsOf(SNAPSHOT), {
    "openwisp-controller": "1.2.3",
    "openwisp-users": "1.2.2",
    netdiff: "1.2",
    netjsonconfig: "1.2.1",
    "OpenWISP Version": "25.10.4",
    os_version: "Debian GNU/Linux 13 (trixie)",
    kernel_version: "6.12.48",
    hardware_platform: "x86_64",
  });
  assert.deepEqual(versionsOf({ ...SNAPSHOT, modules: {}, osVersion: UNKNOWN, kernelVersion: UNKNOWN }), {
    "OpenWISP Version": "25.10.4",
    hardware_platform: "x86_64",
  });
});
