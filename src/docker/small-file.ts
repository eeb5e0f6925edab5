import type { Readable } from "node:stream";
import { extract } from "tar-stream";

/** Room for the tar headers around one file. */
const TAR_OVERHEAD_BYTES = 16 * 1024;

/**
 * Reads the one regular file of a tar stream as UTF-8 and closes the stream.
 * Undefined for a folder, a link, an empty archive, a file over `maxBytes`, and for anything that is not a tar.
 */
export async function readSmallFile(archive: Readable, maxBytes: number): Promise<string | undefined> {
  const tar = extract();
  let received = 0;
  archive.on("data", (chunk: Buffer) => {
    received += chunk.length;
    if (received > maxBytes + TAR_OVERHEAD_BYTES) tar.destroy(new Error("the archive is too large"));
  });
  archive.on("error", (error) => tar.destroy(error));
  archive.on("close", () => tar.destroy());
  archive.pipe(tar);
  try {
    for await (const entry of tar) {
      if (entry.header.type !== "file" || (entry.header.size ?? 0) > maxBytes) return undefined;
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString("utf8");
    }
    return undefined;
  } catch {
    return undefined;
  } finally {
    archive.destroy();
    tar.destroy();
  }
}
