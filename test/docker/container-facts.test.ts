import assert from "node:assert/strict";
import { test } from "node:test";
import {
  text,
  toContainerDetails,
  toContainerSummary,
  toDate,
  toHostInfo,
  toImageFacts,
} from "../../src/docker/container-facts.ts";

const ID = "0a1b2c3d4e5f".padEnd(64, "0");

test("of a listed container only what is known by name gets in", () => {
  const docker = {
    Id: ID,
    Names: ["/ow-dashboard-1", "/other/alias"],
    Image: "openwisp/openwisp-dashboard:25.10.4",
    ImageID: "sha256:1234",
    Command: "bash init_command.sh --secret",
    Created: 1763900000,
    State: "running",
    Status: "Up 2 hours",
    Ports: [{ IP: "10.0.0.1", PrivatePort: 8000 }],
    Labels: {
      "com.docker.compose.project": "ow",
      "com.docker.compose.service": "dashboard",
      "com.docker.compose.project.working_dir": "/home/me/secret",
      "traefik.http.routers.x.rule": "Host(`openwisp.example`)",
      "io.openwisp.version": "25.10.4",
      "io.openwisp.module.openwisp-controller": "1.2.3",
      "io.openwisp.metrics.ignore": "false",
      "io.openwisp.other": "x",
    },
    HostConfig: { NetworkMode: "ow_default" },
    Mounts: [{ Source: "/home/me" }],
  };
  assert.deepEqual(toContainerSummary(docker), {
    id: ID,
    name: "ow-dashboard-1",
    image: "openwisp/openwisp-dashboard:25.10.4",
    imageId: "sha256:1234",
    state: "running",
    createdAt: new Date("2025-11-23T12:13:20Z"),
    labels: {
      "com.docker.compose.project": "ow",
      "com.docker.compose.service": "dashboard",
      "io.openwisp.version": "25.10.4",
      "io.openwisp.module.openwisp-controller": "1.2.3",
      "io.openwisp.metrics.ignore": "false",
    },
  });
});

test("a container of an engine that tells less is still one", () => {
  assert.deepEqual(toContainerSummary({ Id: ID, Names: null, Labels: null, State: "Running", Created: 0 }), {
    id: ID,
    name: "0a1b2c3d4e5f",
    image: "",
    imageId: "",
    state: "running",
    createdAt: undefined,
    labels: {},
  });
});

test("without a usable id there is no container", () => {
  for (const json of [undefined, null, 7, "x", [], {}, { Id: 7 }, { Id: "../../images" }, { Id: "0a1b" }])
    assert.equal(toContainerSummary(json), undefined, JSON.stringify(json));
});

test("of a container's environment only the known variables get in", () => {
  const Env = [
    "MODULE_NAME=celerybeat",
    "METRIC_COLLECTION=True",
    "DEBUG_MODE=",
    "PYTHON_VERSION=3.14.2",
    "USE_OPENWISP_RADIUS=False",
    "USE_OPENWISP_TOPOLOGY=a=b",
    "USE_OPENWISP_OTHER=1",
    "DJANGO_SECRET_KEY=hunter2",
    "DB_PASS=hunter2",
    "PYTHON_VERSION_=1",
    "debug_mode=True",
    "METRIC_COLLECTION",
    "",
    7,
    null,
  ];
  assert.deepEqual(toContainerDetails({ Config: { Env, Image: "x:1", Hostname: "h" }, Path: "/x" }), {
    image: "x:1",
    environment: {
      MODULE_NAME: "celerybeat",
      METRIC_COLLECTION: "True",
      DEBUG_MODE: "",
      PYTHON_VERSION: "3.14.2",
      USE_OPENWISP_RADIUS: "False",
      USE_OPENWISP_TOPOLOGY: "a=b",
    },
  });
  for (const json of [null, [], {}, { Config: null }, { Config: { Env: null } }, { Config: { Env: "X=1" } }])
    assert.deepEqual(toContainerDetails(json), { image: "", environment: {} });
});

test("an image has tags and known labels, or none", () => {
  const json = {
    RepoTags: ["openwisp/openwisp-dashboard:latest", "openwisp/openwisp-dashboard:25.10.4", null],
    Config: { Labels: { "org.opencontainers.image.version": "25.10.4", maintainer: "me@example" } },
  };
  assert.deepEqual(toImageFacts(json), {
    tags: ["openwisp/openwisp-dashboard:latest", "openwisp/openwisp-dashboard:25.10.4"],
    labels: { "org.opencontainers.image.version": "25.10.4" },
  });
  for (const nothing of [null, {}, { RepoTags: null, Config: null }, { RepoTags: [], Config: {} }])
    assert.deepEqual(toImageFacts(nothing), { tags: [], labels: {} });
});

test("the host is read from /info and from /version", () => {
  const info = {
    Name: "server.example",
    ID: "uuid",
    OperatingSystem: "Debian GNU/Linux 13 (trixie)",
    KernelVersion: "6.12.48-1",
    Architecture: "x86_64",
    SystemTime: "2026-11-23T22:43:34.123456789Z",
  };
  assert.deepEqual(toHostInfo(info), {
    operatingSystem: "Debian GNU/Linux 13 (trixie)",
    kernelVersion: "6.12.48-1",
    architecture: "x86_64",
    systemTime: new Date("2026-11-23T22:43:34.123Z"),
  });
  assert.deepEqual(toHostInfo({ KernelVersion: "6.12.48-1", Arch: "amd64", Os: "linux" }), {
    operatingSystem: undefined,
    kernelVersion: "6.12.48-1",
    architecture: "amd64",
    systemTime: undefined,
  });
  assert.deepEqual(toHostInfo({ OperatingSystem: "", KernelVersion: null, Architecture: 64 }), {
    operatingSystem: undefined,
    kernelVersion: undefined,
    architecture: undefined,
    systemTime: undefined,
  });
});

test("Podman's way to tell the same things is undone", () => {
  const info = {
    OperatingSystem: "debian",
    OSVersion: "12",
    Architecture: "amd64",
    BuildahVersion: "1.28.2",
  };
  assert.equal(toHostInfo(info).operatingSystem, "debian 12");
  assert.equal(toHostInfo({ OperatingSystem: "arch", BuildahVersion: "1.40" }).operatingSystem, "arch");
  const docker = { OperatingSystem: "Debian GNU/Linux 12 (bookworm)", OSVersion: "12" };
  assert.equal(toHostInfo(docker).operatingSystem, "Debian GNU/Linux 12 (bookworm)");
  for (const [name, expected] of [
    ["docker.io/openwisp/openwisp-dashboard:25.10.4", "openwisp/openwisp-dashboard:25.10.4"],
    ["docker.io/library/redis:7", "redis:7"],
    ["localhost/openwisp/openwisp-dashboard:edge", "localhost/openwisp/openwisp-dashboard:edge"],
    ["registry.example/docker.io/redis:7", "registry.example/docker.io/redis:7"],
  ] as const) {
    assert.equal(toContainerSummary({ Id: "f".repeat(64), Image: name })?.image, expected);
    assert.equal(toContainerDetails({ Config: { Image: name } }).image, expected);
    assert.deepEqual(toImageFacts({ RepoTags: [name] }).tags, [expected]);
  }
});

const INSTANTS: [value: unknown, expected: string | undefined][] = [
  ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"],
  ["2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123Z"],
  ["2026-01-02T03:04:05.123456789+02:00", "2026-01-02T01:04:05.123Z"],
  ["2026-01-02 03:04:05.6 +0000 UTC", "2026-01-02T03:04:05.600Z"],
  ["2026-01-02 03:04:05.123456789 +0000 UTC", "2026-01-02T03:04:05.123Z"],
  [1763900000000, "2025-11-23T12:13:20.000Z"],
  ["0001-01-01T00:00:00Z", undefined],
  ["0001-01-01 00:00:00 +0000 UTC", undefined],
  ["1970-01-01T00:00:00Z", undefined],
  [0, undefined],
  [-62135596800000, undefined],
  [Number.NaN, undefined],
  [1e300, undefined],
  ["", undefined],
  ["yesterday", undefined],
  [null, undefined],
  [{}, undefined],
];

test("instants of the engine are read, and its zero dates are none", () => {
  for (const [value, expected] of INSTANTS)
    assert.equal(toDate(value)?.toISOString(), expected, JSON.stringify(value));
});

test("a foreign text is made harmless", () => {
  for (const [value, expected] of [
    ["  plain  ", "plain"],
    ["Linux ümlaut 龍 🐧", "Linux ümlaut 龍 🐧"],
    ["a\u0000b\u001b[31mc\u007fd\u009be\r\n\tf", "ab[31mcdef"],
    ["a\u202eb\u200bc\u2028d\u2029e\ufefff", "abcdef"],
    ["x".repeat(300), "x".repeat(256)],
    [undefined, ""],
    [7, ""],
    [{ toString: () => "x" }, ""],
  ] as const)
    assert.equal(text(value), expected);
});

test("a text is not cut in the middle of a character", () => {
  assert.ok(text(`${"x".repeat(255)}🐧`).isWellFormed());
});
