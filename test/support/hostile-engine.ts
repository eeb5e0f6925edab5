import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request as httpRequest, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pack } from "tar-stream";

/** Stands before an engine and answers some requests as badly as it can be done. */
export interface HostileEngine {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** Every request so far: "GET /containers/json", with the file that is asked for behind it. */
  readonly requests: string[];
  /** How a request (written as in `requests`) is answered; undefined passes it on. */
  attack: (request: string) => Attack | undefined;
  close(): Promise<void>;
}

/** @param usual what the engine behind would have answered, as JSON */
export type Attack = (response: ServerResponse, usual: () => Promise<unknown>) => unknown;

/** @param engine a `unix://` address */
export async function createHostileEngine(engine: string): Promise<HostileEngine> {
  const folder = await mkdtemp(join(tmpdir(), "hostile-engine-"));
  const socket = join(folder, "docker.sock");
  const hostile: HostileEngine = {
    host: `unix://${socket}`,
    requests: [],
    attack: () => undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await rm(folder, { recursive: true, force: true });
    },
  };

  const server = createServer((incoming, outgoing) => {
    const { method, url = "", headers } = incoming;
    const { pathname, searchParams } = new URL(url, "http://engine");
    const request = `${method} ${pathname} ${searchParams.get("path") ?? ""}`.trim();
    hostile.requests.push(request);
    const attack = hostile.attack(request);
    const options = { socketPath: engine.replace("unix://", ""), method, path: url, headers };
    // A client that goes away in the middle is what an attack must expect.
    outgoing.on("error", () => {});
    if (attack) {
      const usual = () =>
        new Promise((done, failed) => {
          const upstream = httpRequest(options, (answer) => text(answer).then(JSON.parse).then(done, failed));
          upstream.on("error", failed).end();
        });
      attack(outgoing, usual);
    } else {
      const upstream = httpRequest(options, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.on("error", () => outgoing.destroy()).pipe(outgoing);
      });
      outgoing.on("close", () => upstream.destroy());
      upstream.on("error", () => outgoing.destroy()).end();
    }
  });

  await new Promise<void>((ready) => server.listen(socket, ready));
  return hostile;
}

/** The usual answer with something changed in it. */
export function changed(change: (json: never) => unknown): Attack {
  return async (response, usual) => {
    const body = JSON.stringify(change((await usual()) as never));
    response.writeHead(200, { "content-type": "application/json" }).end(body);
  };
}

export function answered(status: number, body: string | Buffer): Attack {
  return (response) => response.writeHead(status, { "content-type": "application/json" }).end(body);
}

/** Not even a status line. */
export const silence: Attack = () => {};

export const headersOnly: Attack = (response) => archiveOf(response).flushHeaders();

/** The connection ends with a bang in the middle of a file. */
export const cutOff: Attack = (response) => {
  archiveOf(response).write(tarHeader("VERSION", 10_000));
  setTimeout(() => response.destroy(), 50);
};

/** The first bytes of `content`, one a second. */
export function dripping(content: Buffer): Attack {
  return (response) => {
    archiveOf(response).flushHeaders();
    let sent = 0;
    const timer = setInterval(() => response.write(content.subarray(sent, ++sent)), 1000);
    response.on("close", () => clearInterval(timer));
  };
}

/** One regular file with this content. */
export function file(content: string | Buffer): Attack {
  return archive(Buffer.from(content));
}

/** A file that says it has `size` bytes, of which there is no end. */
export function endlessFile(size: number): Attack {
  return endless([tarHeader("VERSION", size)], Buffer.alloc(1024 * 1024, "25.10.9\n"));
}

/** Entry after entry after entry; `first` comes before them. */
export function endlessEntries(first: Buffer = Buffer.alloc(0)): Attack {
  const entries = Array.from({ length: 1000 }, (_, i) => tarHeader(`${"d/".repeat(40)}${i}`, 0, "5"));
  return endless([first], Buffer.concat(entries));
}

/** A pax header (the long form of a file's attributes) that takes 1 GB. */
export function giganticPaxHeader(): Attack {
  return endless(
    [tarHeader("pax", 2 ** 30, "x")],
    Buffer.alloc(1024 * 1024, "30 path=aaaaaaaaaaaaaaaaaaaaa\n"),
  );
}

/** The same for the older form of a long name. */
export function giganticName(): Attack {
  return endless([tarHeader("././@LongLink", 2 ** 30, "L")], Buffer.alloc(1024 * 1024, "a"));
}

export function entryOfType(type: "symlink" | "link" | "directory" | "fifo", linkname = "VERSION"): Attack {
  return (response) => {
    const tar = pack();
    tar.entry({ name: "VERSION", type, ...(/link/.test(type) && { linkname }) });
    tar.finalize();
    tar.pipe(archiveOf(response));
  };
}

/** The bytes of an archive, whatever they are. */
export function archive(content: Buffer, name = "VERSION", size = content.length): Attack {
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return rawArchive(Buffer.concat([tarHeader(name, size), content, padding, Buffer.alloc(1024)]));
}

export function rawArchive(bytes: Buffer): Attack {
  return (response) => archiveOf(response).end(bytes);
}

/** A header of the tar format (POSIX ustar), its sums right and its numbers as told. */
export function tarHeader(name: string, size: number, type = "0"): Buffer {
  const header = Buffer.alloc(512);
  header.write(name.slice(0, 99), 0);
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write(type, 156);
  header.write("ustar\0", 257, "latin1");
  header.write("00", 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

/** As fast as it is read, until the reader goes away. */
function endless(start: readonly Buffer[], again: Buffer): Attack {
  return (response) => {
    archiveOf(response);
    for (const chunk of start) response.write(chunk);
    const go = () => {
      while (!response.destroyed && response.write(again));
    };
    response.on("drain", go);
    go();
  };
}

function archiveOf(response: ServerResponse): ServerResponse {
  return response.writeHead(200, { "content-type": "application/x-tar" });
}
