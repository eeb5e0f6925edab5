import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";

/** On every answer; the pages loosen what they need. One request a connection: there is nothing more to fetch. */
const HEADERS: Readonly<Record<string, string>> = {
  "Content-Type": "text/plain; charset=utf-8",
  "Content-Security-Policy":
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-store",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
  Connection: "close",
};

export function prepare(outgoing: ServerResponse): void {
  outgoing.setHeaders(new Map(Object.entries(HEADERS)));
}

export function answerText(outgoing: ServerResponse, status: number, text: string): void {
  outgoing.statusCode = status;
  outgoing.end(`${text}\n`);
}

/** For what is no request: answers on the bare socket and closes it. */
export function refuse(socket: Socket, status: number): void {
  if (!socket.writable) return void socket.destroy();
  const text = `${STATUS_CODES[status]}\n`;
  const headers = { ...HEADERS, "Content-Length": text.length };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join("")}\r\n${text}`);
  socket.destroySoon();
}
