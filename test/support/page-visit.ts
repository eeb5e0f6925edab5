import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

/** The page, what it leads to, and what is said to strangers. */
export async function visitPage(port: number, token: string): Promise<[where: string, text: string][]> {
  const read: [string, string][] = [];
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers, redirect: "manual" });
    const body = await answer.text();
    read.push([path.replace(token, "..."), `${JSON.stringify([...answer.headers])}\n${body}`]);
    return { answer, body };
  };
  const { answer } = await ask(`/?token=${token}`);
  const cookie = answer.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
  const { body } = await ask("/", { cookie });
  for (const [, link = ""] of body.matchAll(/href="(\/[^"]+)"/g)) await ask(link, { cookie });
  for (const path of ["/", "/?token=wrong", "/healthz", "/nowhere", "/reports/1.json"]) await ask(path);
  return read;
}

/**
 * Whether somebody listens on the port, without asking him. Switched off, the program says where its page is before it
 * rests and listens.
 */
export function isListening(port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const sockets = ["tcp", "tcp6"].map((it) => readFileSync(`/proc/net/${it}`, "utf8")).join("");
  return new RegExp(`:${hex} 0+:0000 0A `).test(sockets);
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
