import assert from "node:assert/strict";
import { test } from "node:test";
import { type Evidence, versionEvidence, weigh } from "../../src/installation/evidence.ts";

test("the best evidence wins, and the others keep their say", () => {
  const tag: Evidence = { source: "release tag", value: "25.10.2", where: "openwisp-dashboard:25.10.2" };
  const literal: Evidence = { source: "__openwisp_version__", value: "25.10.1", where: "__init__.py" };
  assert.deepEqual(weigh([undefined, tag, undefined, literal]), {
    value: "25.10.2",
    evidence: [tag, literal],
  });
  assert.deepEqual(weigh([literal]), { value: "25.10.1", evidence: [literal] });
});

test("without evidence a value is unknown", () => {
  assert.deepEqual(weigh([]), { value: undefined, evidence: [] });
  assert.deepEqual(weigh([undefined, undefined]), { value: undefined, evidence: [] });
});

test("a version counts as it is written", () => {
  for (const said of [
    "1.2",
    "1.2.0",
    "25.10.4",
    "1.2.post1",
    "1.3.0a1",
    "24.0.0a",
    "2.0rc1",
    "1.3.0.dev20261123",
  ])
    assert.deepEqual(versionEvidence("label", said, "w"), { source: "label", value: said, where: "w" });
  assert.equal(versionEvidence("VERSION file", "25.10.4\n", "w")?.value, "25.10.4");
});

test("a local suffix, which could name its maker, is cut and kept for the admin", () => {
  assert.deepEqual(versionEvidence("METADATA", "1.2.3+acme.7", "w"), {
    source: "METADATA",
    value: "1.2.3",
    where: "w",
    said: "1.2.3+acme.7",
  });
});

test("what is no version of PEP 440 is no evidence", () => {
  for (const said of [
    undefined,
    "",
    "  ",
    "edge",
    "latest",
    "unknown",
    "None",
    "acme-1.2.3",
    "1.2.3-acme",
    "1.2 3",
    "1.2\n1.3",
    "1.2.3+",
    "1.2.3+acme inc",
    "1..2",
    "<script>",
    `1.${"2".repeat(64)}`,
  ])
    assert.equal(versionEvidence("label", said, "w"), undefined, JSON.stringify(said));
});
