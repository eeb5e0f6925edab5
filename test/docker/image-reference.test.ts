import assert from "node:assert/strict";
import { test } from "node:test";
import { type ImageReference, parseImageReference } from "../../src/docker/image-reference.ts";

const HEX = "0123456789abcdef".repeat(4);
const DIGEST = `sha256:${HEX}`;

const GOOD: [reference: string, expected: Partial<ImageReference>][] = [
  ["openwisp-dashboard", { owner: "" }],
  ["openwisp-dashboard:edge", { owner: "", tag: "edge" }],
  ["openwisp/openwisp-dashboard", { owner: "openwisp" }],
  ["openwisp/openwisp-dashboard:25.10.4", { owner: "openwisp", tag: "25.10.4" }],
  ["docker.io/openwisp/openwisp-dashboard:latest", { owner: "docker.io/openwisp", tag: "latest" }],
  ["localhost/openwisp-dashboard:latest", { owner: "localhost", tag: "latest" }],
  ["registry.example:5000/openwisp-dashboard", { owner: "registry.example:5000" }],
  [
    "registry.example:5000/team/openwisp-dashboard:25.10.4",
    { owner: "registry.example:5000/team", tag: "25.10.4" },
  ],
  ["[::1]:5000/openwisp-dashboard:edge", { owner: "[::1]:5000", tag: "edge" }],
  [`openwisp/openwisp-dashboard@${DIGEST}`, { owner: "openwisp", digest: DIGEST }],
  [`openwisp/openwisp-dashboard:25.10.4@${DIGEST}`, { owner: "openwisp", tag: "25.10.4", digest: DIGEST }],
  [`openwisp-dashboard:${"t".repeat(128)}`, { owner: "", tag: "t".repeat(128) }],
];

test("a reference is split into owner, name, tag and digest", () => {
  for (const [reference, expected] of GOOD)
    assert.deepEqual(
      parseImageReference(reference),
      { name: "openwisp-dashboard", tag: undefined, digest: undefined, ...expected },
      reference,
    );
});

test("names have dots, dashes and underscores inside only", () => {
  for (const name of ["a", "a.b", "a_b", "a__b", "a-b", "a--b", "a1.b2_c3-d4"])
    assert.equal(parseImageReference(name)?.name, name);
  for (const name of [".a", "a.", "a..b", "a___b", "-a", "a-", "a_", "a.-b"])
    assert.equal(parseImageReference(name), undefined, name);
});

test("an image id and anything else is no reference", () => {
  for (const reference of [
    "",
    HEX,
    DIGEST,
    "openwisp/",
    "OpenWISP-Dashboard",
    "openwisp dashboard",
    "openwisp-dashboard\n",
    "openwisp-dashboard:",
    "openwisp-dashboard:.4",
    "openwisp-dashboard:25.10.4:latest",
    `openwisp-dashboard:${"t".repeat(129)}`,
    "openwisp-dashboard@",
    "openwisp-dashboard@sha256:short",
    `openwisp-dashboard@${DIGEST}@${DIGEST}`,
    "@",
    "a".repeat(513),
  ])
    assert.equal(parseImageReference(reference), undefined, JSON.stringify(reference));
});
