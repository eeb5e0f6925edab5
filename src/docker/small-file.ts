import { pipeline, type Readable } from "node:stream";

/** Errors of the connection, not of what came over it. */
const CUT_OFF = ["ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE", "ABORT_ERR"];

/** Room for the tar headers around one file. */
const TAR_OVERHEAD_BYTES = 16 * 1024;

/**
 * Reads the one regular file of a tar stream as UTF-8 and closes the stream.
 * Undefined for a folder, a link, an empty archive, a file over `maxBytes`, and for anything that is not a tar.
 *
 * @throws what the stream was cut off with
 */
export async function readSmallFile(archive: Readable, maxBytes: number): Promise<string | undefined> {
  const { default: tarStream } = await import("tar-stream");
  const tar = tarStream.extract();
  // A broken source breaks the tar, whose reader below then ends.
  pipeline(archive, bounded(maxBytes + TAR_OVERHEAD_BYTES), tar, () => {});
  try {
    for await (const entry of tar) {
      if (entry.header.type !== "file" || (entry.header.size ?? 0) > maxBytes) return undefined;
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString("utf8");
    }
    return undefined;
  } catch (error) {
    if (CUT_OFF.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    return undefined;
  } finally {
    archive.destroy();
    tar.destroy();
  }
}

function bounded(maxBytes: number) {
  return async function* (source: AsyncIterable<Buffer>) {
    let received = 0;
    for await (const chunk of source) {
      received += chunk.length;
      if (received > maxBytes) throw new Error("the archive is too large");
      yield chunk;
    }
  };
}
