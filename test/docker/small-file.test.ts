import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, test } from "node:test";
import { type Header, pack } from "tar-stream";
import { readSmallFile } from "../../src/docker/small-file.ts";

const LIMIT = 100_000;

async function tarOf(
  ...entries: readonly (readonly [header: Partial<Header> & { name: string }, content?: string])[]
): Promise<Buffer> {
  const tar = pack();
  for (const [header, content] of entries) tar.entry(header, content ?? "");
  tar.finalize();
  return buffer(tar);
}

function streamOf(bytes: Buffer, chunkBytes = bytes.length): Readable {
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += chunkBytes)
    chunks.push(bytes.subarray(start, start + chunkBytes));
  return Readable.from(chunks, { objectMode: false });
}

const file = (content: string) => tarOf([{ name: "VERSION" }, content]);

test("a file is read, however the network cuts it", async () => {
  for (const content of ["25.10.4\n", "", "ü龍🐧".repeat(2_000), "x".repeat(LIMIT)]) {
    const tar = await file(content);
    for (const chunkBytes of [tar.length, 65_536, 4_096, 511, 97])
      assert.equal(await readSmallFile(streamOf(tar, chunkBytes), LIMIT), content);
  }
});

test("headers that extend the file's own do not hide it", async () => {
  const attributes = { "SCHILY.xattr.user.note": "x".repeat(2_000) };
  for (const header of [{ pax: attributes }, { name: `${"long/".repeat(40)}VERSION` }])
    assert.equal(
      await readSmallFile(streamOf(await tarOf([{ name: "VERSION", ...header }, "25.10.4\n"])), LIMIT),
      "25.10.4\n",
    );
});

describe("what is not one small file is nothing", () => {
  const cases: Record<string, () => Promise<Buffer>> = {
    "a folder": () => tarOf([{ name: "etc/", type: "directory" }], [{ name: "etc/passwd" }, "root"]),
    "a link": () => tarOf([{ name: "VERSION", type: "symlink", linkname: "/etc/shadow" }]),
    "a hard link": () => tarOf([{ name: "VERSION", type: "link", linkname: "other" }]),
    "a device": () => tarOf([{ name: "sda", type: "block-device" }]),
    "a file over the limit": () => file("x".repeat(LIMIT + 1)),
    "an empty archive": () => tarOf(),
    "no bytes at all": async () => Buffer.alloc(0),
    "a file that ends too early": async () => (await file("x".repeat(2_000))).subarray(0, 1_500),
    "an error page": async () => Buffer.from("<html>502 Bad Gateway</html>".repeat(100)),
    "zeros without an end": async () => Buffer.alloc(10 * LIMIT),
    rubbish: async () => Buffer.alloc(2_000, 0xa5),
    "a size that is none": async () => {
      const tar = await file("x");
      tar.write("-0000000777 ", 124, "latin1");
      return tar;
    },
  };
  for (const [what, archive] of Object.entries(cases))
    test(what, async () => assert.equal(await readSmallFile(streamOf(await archive()), LIMIT), undefined));
});

test("a stream that never ends is cut off", async () => {
  let given = 0;
  const endless = new Readable({
    read() {
      given += 4_096;
      this.push(Buffer.alloc(4_096));
    },
  });
  assert.equal(await readSmallFile(endless, LIMIT), undefined);
  assert.ok(endless.destroyed);
  assert.ok(given < 4 * LIMIT, `${given} bytes`);
});

/** The first half of a file, and then this. */
async function brokenBy(error: Error): Promise<Readable> {
  const half = (await file("x".repeat(2_000))).subarray(0, 1_000);
  const chunks = async function* () {
    yield half;
    throw error;
  };
  return Readable.from(chunks(), { objectMode: false });
}

test("a connection that is cut is an error: the file may be there", async () => {
  for (const code of ["ECONNRESET", "ABORT_ERR"]) {
    const error = Object.assign(new Error("cut"), { code });
    await assert.rejects(readSmallFile(await brokenBy(error), LIMIT), { code });
  }
  const destroyed = await brokenBy(new Error("not read"));
  destroyed.destroy();
  await assert.rejects(readSmallFile(destroyed, LIMIT), { code: "ERR_STREAM_PREMATURE_CLOSE" });
});

test("the stream is closed after the first file", async () => {
  const archive = streamOf(await tarOf([{ name: "a" }, "first"], [{ name: "b" }, "x".repeat(50_000)]), 512);
  assert.equal(await readSmallFile(archive, LIMIT), "first");
  assert.ok(archive.destroyed);
});
