/** What comes from outside may be anything: it gives a value or nothing, never an exception, and never takes long. */
import assert from "node:assert/strict";
import { Readable, Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, test } from "node:test";
import { valid } from "@renovatebot/pep440";
import fc from "fast-check";
import { pack } from "tar-stream";
import { collectionSwitch } from "../src/collection-switch.ts";
import {
  toContainerDetails,
  toContainerSummary,
  toDate,
  toHostInfo,
  toImageFacts,
} from "../src/docker/container-facts.ts";
import { parseImageReference } from "../src/docker/image-reference.ts";
import { ownContainerIds } from "../src/docker/own-container.ts";
import { readSmallFile } from "../src/docker/small-file.ts";
import { changesSince } from "../src/installation/changes.ts";
import { versionEvidence } from "../src/installation/evidence.ts";
import { inferHost, osReleaseName } from "../src/installation/host.ts";
import {
  assignedString,
  installedApps,
  metadataVersion,
  publishedVersions,
  versionTuple,
} from "../src/installation/python-files.ts";
import { createLog } from "../src/log.ts";
import { buildEvents } from "../src/report/events.ts";

const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const TOKENS = [
  ..."[](){}=+#,.:;/@-_<>&\"'\\ \t\r\n\0\u001b\u0085\u2028\u202e\ufeff",
  ...[
    "1",
    "0a",
    "ü",
    "🐧",
    "\ud800",
    "+acme",
    "sha256:",
    "openwisp-dashboard",
    "final",
    "post",
    "1.2",
    "__proto__",
  ],
  ...["INSTALLED_APPS = [", "INSTALLED_APPS += [", "VERSION = (", "__openwisp_version__ = ", "Version: "],
  ...["PRETTY_NAME=", '"openwisp_users",', "/docker/", " /etc/hosts ", "0123456789abcdef".repeat(4)],
];

const soup = fc.array(fc.constantFrom(...TOKENS), { maxLength: 60 }).map((it) => it.join(""));
const anyText = fc.oneof(
  soup,
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.tuple(soup, fc.integer({ min: 1, max: 200 })).map(([it, times]) => it.repeat(times).slice(0, 20_000)),
);

const read: Record<string, (text: string) => unknown> = {
  "an image reference": parseImageReference,
  METADATA: metadataVersion,
  "a version tuple": (it) => {
    const tuple = versionTuple(it);
    return tuple && publishedVersions(tuple);
  },
  INSTALLED_APPS: installedApps,
  "an assigned string": (it) => assignedString(it, "__openwisp_version__"),
  "an os-release file": osReleaseName,
  "a version": (it) => versionEvidence("label", it, "w")?.value,
  "an instant": toDate,
  "a kernel and a platform": (it) =>
    inferHost([["engine info", "w", { kernelVersion: it, architecture: it }]]),
  "the files that name our container": (it) => ownContainerIds({ hostname: it, readText: () => it }),
};

describe("any text is read without an exception:", () => {
  for (const [what, reader] of Object.entries(read))
    test(what, () => fc.assert(fc.property(anyText, (it) => void reader(it))));
});

test("no text of 200 KB takes long to read, however it repeats", () => {
  const whole = (it: string) => it.repeat(Math.ceil(200_000 / it.length));
  const texts = [
    ...TOKENS.map(whole),
    ...TOKENS.map((it) => `${whole(it)}!`),
    ...["Version: ", "VERSION = (", "PRETTY_NAME=", '__openwisp_version__ = "', "INSTALLED_APPS=["].flatMap(
      (start) => [start + whole(" "), `${start}a${whole(" ")}b`, start + whole("a"), whole(`${start}\n`)],
    ),
    whole("a-"),
    `${whole("a.")}!`,
    `${whole("1.")}x`,
    `1${whole("0")}`,
    whole("INSTALLED_APPS=[#\n"),
    whole("VERSION = (1,\n"),
    `INSTALLED_APPS=[${whole("'\"")}`,
    `openwisp-dashboard:${whole("a")}`,
  ];
  const start = performance.now();
  for (const reader of Object.values(read)) for (const text of texts) reader(text);
  const ms = performance.now() - start;
  assert.ok(ms < 1_000, `${Math.round(ms)} ms for ${texts.length} texts`);
});

test("lists that never end are not read once for each", () => {
  const apps = installedApps('INSTALLED_APPS=["a",\n'.repeat(2_000));
  assert.ok(apps && apps.length <= 2_000, `${apps?.length} apps of 2000`);
});

test("what a version tuple stands for is always a version of PEP 440", () => {
  const part = fc.oneof(
    fc.nat(20_000).map(String),
    fc.constantFrom('"final"', "'post1'", '"rc"', '"a b"', "0x10"),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const tuple = versionTuple(`VERSION = (${parts.join(", ")})`);
      for (const version of tuple ? publishedVersions(tuple) : []) assert.ok(valid(version), version);
    }),
  );
});

test("a version that counts has no suffix that could name its maker", () => {
  fc.assert(
    fc.property(fc.constantFrom("1.2", "25.10.4", "1.2.post1", "1.3a1"), anyText, (version, suffix) => {
      const evidence = versionEvidence("label", `${version}+${suffix}`, "w");
      assert.ok(evidence === undefined || evidence.value === version);
    }),
  );
});

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const anyJson = fc.oneof(fc.jsonValue({ maxDepth: 3 }), anyText);
const labels = fc.oneof(
  anyJson,
  fc.dictionary(fc.constantFrom("io.openwisp.version", "com.docker.compose.project", "other"), anyJson),
);
const environment = fc.array(
  fc.oneof(
    anyJson,
    anyText.map((it) => `MODULE_NAME=${it}`),
  ),
);
const engineJson = fc.oneof(
  anyJson,
  fc.record(
    {
      Id: fc.oneof(fc.constant("0123456789ab"), anyJson),
      Names: fc.oneof(fc.array(anyText, { maxLength: 2 }), anyJson),
      Image: anyJson,
      ImageID: anyJson,
      State: anyJson,
      Created: anyJson,
      Labels: labels,
      Config: fc.oneof(anyJson, fc.record({ Env: fc.oneof(environment, anyJson), Labels: labels })),
      RepoTags: fc.oneof(fc.array(anyText, { maxLength: 2 }), anyJson),
      OperatingSystem: anyJson,
      KernelVersion: anyJson,
      Architecture: anyJson,
    },
    { requiredKeys: [] },
  ),
);

describe("any JSON of the engine becomes harmless facts:", () => {
  for (const [what, toFacts] of Object.entries({
    toContainerSummary,
    toContainerDetails,
    toImageFacts,
    toHostInfo,
  }))
    test(what, () =>
      fc.assert(
        fc.property(engineJson, (json) => {
          for (const it of textsIn(toFacts(json))) assert.ok(!UNSAFE.test(it) && it.length <= 256, it);
        }),
      ),
    );
});

describe("any bytes are read as one small file or as nothing:", () => {
  const readBytes = (bytes: Uint8Array, chunkBytes: number) => {
    const chunks: Uint8Array[] = [];
    for (let start = 0; start < bytes.length; start += chunkBytes)
      chunks.push(bytes.subarray(start, start + chunkBytes));
    return readSmallFile(Readable.from(chunks, { objectMode: false }), 10_000);
  };
  const chunkBytes = fc.constantFrom(1_000_000, 512, 100);

  test("bytes at random", () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3_000 }), chunkBytes, async (bytes, chunk) => {
        assert.equal(await readBytes(bytes, chunk), undefined);
      }),
    ));

  test("a tar that was damaged or cut", async () => {
    const tar = pack();
    tar.entry({ name: "VERSION" }, "25.10.4\n".repeat(100));
    tar.finalize();
    const whole = await buffer(tar);
    const damage = fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(damage, fc.nat(whole.length), chunkBytes, async (changes, length, chunk) => {
        const bytes = Uint8Array.from(whole.subarray(0, length));
        for (const [index, byte] of changes) bytes[index] = byte;
        const content = await readBytes(bytes, chunk);
        assert.ok(content === undefined || Buffer.byteLength(content) <= 30_000);
      }),
    );
  });
});

test("METRIC_COLLECTION is on only for what clearly says so", () => {
  fc.assert(
    fc.property(anyText, (METRIC_COLLECTION) => {
      const { on } = collectionSwitch({ METRIC_COLLECTION });
      assert.equal(on, /^\s*(true|yes|on|1)\s*$/i.test(METRIC_COLLECTION));
    }),
  );
});

test("versions of any kind are compared, and the same ones are no change", () => {
  const versions = fc.dictionary(
    fc.constantFrom("openwisp-users", "OpenWISP Version", "os_version"),
    anyText,
  );
  fc.assert(
    fc.property(versions, versions, (baseline, seen) => {
      changesSince(baseline, seen, new Set());
      assert.deepEqual(changesSince(seen, seen, new Set()), []);
    }),
  );
});

test("an escaped text has no HTML in it and stands for the same text", () => {
  const unknown = { value: undefined, evidence: [] };
  const rest = { enabledModules: "usual list" as const, heldBack: [] };
  const snapshot = {
    ...rest,
    openwispVersion: unknown,
    osVersion: unknown,
    kernelVersion: unknown,
    warnings: [],
  };
  fc.assert(
    fc.property(anyText, (value) => {
      const hardwarePlatform = { value, evidence: [] };
      const given = { ...snapshot, modules: {}, hardwarePlatform, installationMethod: unknown };
      const [name = ""] = buildEvents("Heartbeat", given, new Date(0)).map((it) => it.name);
      assert.doesNotMatch(name, /[<>"']/);
      const back = name
        .replaceAll("&lt;", "<")
        .replaceAll("&gt;", ">")
        .replaceAll("&quot;", '"')
        .replaceAll("&#x27;", "'")
        .replaceAll("&amp;", "&");
      assert.equal(back, value);
    }),
  );
});

test("any message is one entry of the log, its further lines indented, without control characters", () => {
  fc.assert(
    fc.property(anyText, (message) => {
      let written = "";
      const destination = new Writable({
        write(chunk, _encoding, done) {
          written += chunk;
          done();
        },
      });
      createLog({ level: "info", format: "text", destination, now: () => new Date(0) }).info(message);
      const [first = "", ...further] = written.split("\n");
      assert.match(first, /^1970-01-01 .* INFO {2}/);
      assert.equal(further.pop(), "");
      for (const line of further) assert.ok(line.startsWith("    "));
      assert.doesNotMatch(written.replaceAll("\n", ""), /\p{Cc}/u);
    }),
  );
});
