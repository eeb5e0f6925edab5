/**
 * What the daemon becomes while the environment says off: a process that hands whoever asks for the System Info page to
 * its server, and loads that, and all that belongs to it, for the first one only. Until then it is hardly more than
 * Node itself.
 *
 * Its arguments: the file of the program's main module, and where the page is asked for; port 0 where there is none.
 */
import { once } from "node:events";
import type { Server } from "node:http";
import { createServer } from "node:net";
import type { App } from "./app.ts";
import { endOnFailures, endOnSignals, written } from "./process-end.ts";
import { LIMITS } from "./web/server.ts";

const FOREVER_MS = 2 ** 31 - 1;

const [, , program = "", host, port] = process.argv;
process.noDeprecation = true;
endOnFailures();
const signal = endOnSignals();
let daemon: Promise<App> | undefined;

void rest().then(async () => {
  await written();
  process.exit();
});

async function rest(): Promise<void> {
  const broken = new AbortController();
  const gate = createServer({ pauseOnConnect: true });
  gate.maxConnections = LIMITS.connections;
  let page: Promise<Server> | undefined;
  gate.on("connection", (socket) => {
    // It may be gone before there is anybody to serve it.
    socket.on("error", () => {});
    page ??= load().then((app) => app.pageServer(signal));
    page.then(
      (server) => {
        server.emit("connection", socket);
        socket.resume();
      },
      () => {
        socket.destroy();
        broken.abort();
      },
    );
  });
  gate.on("error", () => broken.abort());
  if (Number(port) > 0) gate.listen(Number(port), host);
  const staying = setInterval(() => {}, FOREVER_MS);
  const ends = AbortSignal.any([signal, broken.signal]);
  if (!ends.aborted) await once(ends, "abort");
  clearInterval(staying);
  gate.close();
  const app = await load();
  // It says what is wrong, and tries again.
  if (!signal.aborted) await app.servePage(signal);
  app.sayStopped();
}

function load(): Promise<App> {
  daemon ??= import("./commands.ts").then(({ createDaemon }) => createDaemon(program));
  return daemon;
}
