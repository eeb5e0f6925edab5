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
process.umask(0o077);
process.noDeprecation = true;
endOnFailures();
const signal = endOnSignals();
let daemon: Promise<App> | undefined;

void rest().then(async () => {
  await written();
  process.exit();
});

async function rest(): Promise<void> {
  const gate = createServer({ pauseOnConnect: true });
  gate.maxConnections = LIMITS.connections;
  let page: Promise<Server> | undefined;
  gate.on("connection", (socket) => {
    // It may be gone before there is anybody to serve it.
    socket.on("error", () => {});
    page ??= load().then((app) => app.pageServer(signal));
    page.then((server) => {
      server.emit("connection", socket);
      socket.resume();
    });
  });
  const staying = setInterval(() => {}, FOREVER_MS);
  try {
    if (Number(port) > 0) await once(gate.listen(Number(port), host), "listening");
    if (!signal.aborted) await once(signal, "abort");
  } catch {
    // It says what is wrong, and tries again.
    await (await load()).servePage(signal);
  }
  clearInterval(staying);
  gate.close();
  (await load()).sayStopped();
}

function load(): Promise<App> {
  daemon ??= import("./commands.ts").then(({ createDaemon }) => createDaemon(program));
  return daemon;
}
