import type { Readable } from "node:stream";

/**
 * All bytes of a stream; undefined when there are more than `maxBytes`, and no more are read then. An iterator and Node's
 * signals would cost half as much again as the request itself in a program that has just started.
 *
 * @throws what the stream was cut off with
 */
export function collect(stream: Readable, maxBytes: number): Promise<Buffer | undefined> {
  return new Promise((done, fail) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    stream.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > maxBytes) {
        done(undefined);
        stream.destroy();
      }
    });
    stream.on("end", () => done(Buffer.concat(chunks)));
    stream.on("error", fail);
    // Where one of the others came before, this is too late to count.
    const cut = () => fail(Object.assign(new Error("cut off"), { code: "ERR_STREAM_PREMATURE_CLOSE" }));
    stream.on("close", cut);
    if (stream.destroyed) cut();
  });
}
