import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { changesSince, decide } from "../../src/installation/changes.ts";
import type { Versions } from "../../src/installation/snapshot.ts";

const BASELINE: Versions = {
  "openwisp-controller": "1.2",
  "openwisp-users": "1.2.0",
  netdiff: "1.9",
  "OpenWISP Version": "25.10.2",
  os_version: "Debian GNU/Linux 13 (trixie)",
  kernel_version: "6.8.0",
  hardware_platform: "x86_64",
};
const NOW = new Date("2026-11-23T12:00:00Z");
const UNCHANGED = {
  inferred: new Set<string>(),
  baseline: BASELINE,
  seen: BASELINE,
  heartbeatDue: false,
  now: NOW,
  oldestTrace: undefined,
};

const seeing = (differences: Record<string, string>): Versions => ({ ...BASELINE, ...differences });

function without(name: string): Versions {
  const { [name]: _, ...others } = BASELINE;
  return others;
}

/** The decision where a Heartbeat is due, and where none is. */
function decisions(baseline: Versions, seen: Versions): unknown[] {
  return [true, false].map((heartbeatDue) => {
    const { why: _, ...decision } = { why: "", ...decide({ ...UNCHANGED, baseline, seen, heartbeatDue }) };
    return decision;
  });
}

const UPGRADE = { kind: "report", category: "Upgrade", newBaseline: true };
const HEARTBEAT = { kind: "report", category: "Heartbeat", newBaseline: false };
const NOTHING = { kind: "nothing" };

describe("is an Upgrade, and what is seen becomes the baseline:", () => {
  const cases: [what: string, seen: Versions, baseline?: Versions][] = [
    ["a newer module", seeing({ "openwisp-controller": "1.2.3" })],
    ["a newer library", seeing({ netdiff: "1.10" })],
    ["a newer OpenWISP with the same modules", seeing({ "OpenWISP Version": "25.10.3" })],
    ["10 comes after 9", seeing({ "OpenWISP Version": "25.10.10" })],
    ["a post release", seeing({ "openwisp-controller": "1.2.post1" })],
    ["the final release after its alpha", seeing({ netdiff: "1.10.0" }), seeing({ netdiff: "1.10.0a1" })],
    ["the beta after the alpha", seeing({ netdiff: "2.0b1" }), seeing({ netdiff: "2.0a2" })],
    ["the candidate after the beta", seeing({ netdiff: "2.0rc1" }), seeing({ netdiff: "2.0b9" })],
    ["the alpha after its dev release", seeing({ netdiff: "2.0a1" }), seeing({ netdiff: "2.0.dev9" })],
    ["an alpha of the next version", seeing({ "openwisp-controller": "1.3.0a1" })],
    ["a module that the baseline does not have", seeing({ "openwisp-radius": "1.2" })],
    ["another distribution", seeing({ os_version: "Debian GNU/Linux 14 (forky)" })],
    ["an older distribution", seeing({ os_version: "Debian GNU/Linux 12 (bookworm)" })],
    ["another kernel", seeing({ kernel_version: "6.12.0" })],
    ["an older kernel", seeing({ kernel_version: "6.1.0" })],
    ["another platform", seeing({ hardware_platform: "aarch64" })],
    [
      "one newer module beside an older one",
      seeing({ "openwisp-controller": "1.1", "openwisp-users": "1.3.0" }),
    ],
  ];
  for (const [what, seen, baseline = BASELINE] of cases)
    test(what, () => assert.deepEqual(decisions(baseline, seen), [UPGRADE, UPGRADE]));
});

describe("is a Heartbeat when one is due, else nothing, and the baseline stays:", () => {
  const cases: [what: string, seen: Versions, baseline?: Versions][] = [
    ["nothing changed", BASELINE],
    ["an older module", seeing({ "openwisp-controller": "1.1" })],
    ["an older OpenWISP", seeing({ "OpenWISP Version": "25.10.1" })],
    ["a module gone", without("openwisp-users")],
    ["everything unknown", {}],
    ["1.2.0 for 1.2", seeing({ "openwisp-controller": "1.2.0" })],
    ["1.2 for 1.2.0", seeing({ "openwisp-users": "1.2" })],
    ["1.09 for 1.9", seeing({ netdiff: "1.09" })],
    ["1.9 for 1.10", BASELINE, seeing({ netdiff: "1.10" })],
    ["an alpha of the same version", seeing({ "openwisp-controller": "1.2a1" })],
    ["a dev release of the same version", seeing({ "openwisp-controller": "1.2.dev1" })],
    ["the version without its post release", BASELINE, seeing({ "openwisp-controller": "1.2.post1" })],
    ["the distribution is unknown now", without("os_version")],
    ["the kernel is unknown now", without("kernel_version")],
    ["the platform is unknown now", without("hardware_platform")],
    ["the distribution was unknown then", BASELINE, without("os_version")],
    ["OpenWISP's version is unknown now", without("OpenWISP Version")],
    ["OpenWISP's version was unknown then", BASELINE, without("OpenWISP Version")],
  ];
  for (const [what, seen, baseline = BASELINE] of cases)
    test(what, () => assert.deepEqual(decisions(baseline, seen), [HEARTBEAT, NOTHING]));
});

test("a module that was off or older for a while is neither new nor upgraded when it is back", () => {
  for (const meanwhile of [without("openwisp-users"), seeing({ "openwisp-users": "1.1.0" })]) {
    const decision = decide({ ...UNCHANGED, seen: meanwhile, heartbeatDue: true });
    const baseline = decision.kind === "report" && decision.newBaseline ? meanwhile : BASELINE;
    assert.deepEqual(decide({ ...UNCHANGED, baseline }), { kind: "nothing" });
  }
});

describe("the first time:", () => {
  const hoursAgo = (h: number, minutes = 0) => new Date(NOW.getTime() - h * 3_600_000 - minutes * 60_000);
  const cases: [what: string, oldestTrace: Date | undefined, category: string][] = [
    ["no trace to judge by", undefined, "Install"],
    ["made just now", NOW, "Install"],
    ["made 23h59 ago", hoursAgo(23, 59), "Install"],
    ["made 24h ago", hoursAgo(24), "Install"],
    ["made 24h01 ago", hoursAgo(24, 1), "Heartbeat"],
    ["made a year ago", hoursAgo(24 * 365), "Heartbeat"],
    ["made in the future, by a clock that was wrong", hoursAgo(-24), "Install"],
  ];
  for (const [what, oldestTrace, category] of cases)
    for (const heartbeatDue of [true, false])
      test(`${what}: ${category}${heartbeatDue ? ", Heartbeat due" : ""}`, () => {
        const decision = decide({ ...UNCHANGED, baseline: undefined, oldestTrace, heartbeatDue });
        assert.ok(decision.kind === "report");
        assert.equal(decision.category, category);
        assert.equal(decision.newBaseline, true);
      });
});

test("with a baseline the age of the installation plays no part", () => {
  assert.deepEqual(decide({ ...UNCHANGED, oldestTrace: new Date(0) }), { kind: "nothing" });
});

test("an Upgrade says what changed", () => {
  const seen = {
    ...seeing({ "openwisp-controller": "1.2.3", "openwisp-users": "1.1", kernel_version: "6.12.0" }),
    "openwisp-radius": "1.2",
  };
  assert.deepEqual(changesSince(BASELINE, seen, new Set()), [
    "openwisp-controller 1.2 → 1.2.3",
    "kernel_version 6.8.0 → 6.12.0",
    "openwisp-radius is new",
  ]);
});

describe("a version that is only inferred from the release", () => {
  const inferred = new Set(["openwisp-controller", "openwisp-radius"]);
  const newer = seeing({ "openwisp-controller": "99.0" });

  test("is no upgrade within the same release", () => {
    assert.deepEqual(decide({ ...UNCHANGED, seen: newer, inferred }), { kind: "nothing" });
  });

  test("is one in another release", () => {
    const seen = { ...newer, "OpenWISP Version": "99.1.0" };
    assert.equal(changesSince(BASELINE, seen, inferred).length, 2);
  });

  test("does not hide a module that was switched on", () => {
    const decision = decide({
      ...UNCHANGED,
      baseline: without("openwisp-controller"),
      seen: BASELINE,
      inferred,
    });
    assert.equal(decision.kind === "report" && decision.category, "Upgrade");
  });
});
