import type { Readable } from "node:stream";
import { collect } from "./collect.ts";

const BLOCK = 512;
/** Room for the headers around one file, extended ones too. */
const TAR_OVERHEAD_BYTES = 16 * 1024;

/**
 * Reads the one regular file of a tar stream as UTF-8 and closes the stream.
 * Undefined for a folder, a link, an empty archive, a file over `maxBytes`, and for anything that is not a tar.
 *
 * @throws what the stream was cut off with
 */
export async function readSmallFile(archive: Readable, maxBytes: number): Promise<string | undefined> {
  const tar = await collect(archive, maxBytes + TAR_OVERHEAD_BYTES);
  const content = tar && firstFile(tar);
  return content && content.length <= maxBytes ? content.toString("utf8") : undefined;
}

/** Headers, of pax and GNU, that extend the one behind them. */
const EXTENDING = "xgLK";

/**
 * The content of the first entry, if that is a file. Read by hand: a library that unpacks streams took 10 ms and
 * 2 MB for it. Source: POSIX.1-2017, pax, "ustar Interchange Format".
 */
function firstFile(tar: Buffer): Buffer | undefined {
  for (let start = 0; start + BLOCK <= tar.length; ) {
    const header = tar.subarray(start, start + BLOCK);
    const size = Number.parseInt(header.toString("latin1", 124, 136), 8);
    if (header.toString("latin1", 257, 262) !== "ustar" || !(size >= 0)) return undefined;
    const type = header.toString("latin1", 156, 157);
    const from = start + BLOCK;
    if (type === "0" || type === "\0")
      return from + size <= tar.length ? tar.subarray(from, from + size) : undefined;
    if (!EXTENDING.includes(type)) return undefined;
    start = from + Math.ceil(size / BLOCK) * BLOCK;
  }
  return undefined;
}
