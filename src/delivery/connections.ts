import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import type { ProxyEnvironment } from "../config.ts";

const MAX_LISTENERS = 2 ** 10;

/** The connections of one request, each used once. */
export interface Connections {
  readonly agent: { readonly http: http.Agent } | { readonly https: https.Agent };
  /** Closes them all, in whatever state they are. */
  close(): void;
}

/**
 * Connections through the proxy that `proxyEnv` names, if it does.
 *
 * Node's agent loses sight of a connection to a proxy until its tunnel stands, and of one that changes its protocol:
 * giving up the request does not close those. So they are remembered here.
 *
 * @throws where the address of the proxy cannot be read
 */
export function createConnections(isHttps: boolean, proxyEnv: ProxyEnvironment): Connections {
  const opened: Duplex[] = [];
  const remembering = <A extends http.Agent>(agent: A): A => {
    const connect = agent.createConnection.bind(agent);
    agent.createConnection = (...args) => {
      const connection = connect(...args);
      if (connection) opened.push(limited(connection));
      return connection;
    };
    return agent;
  };
  const options = { proxyEnv, keepAlive: false };
  return {
    // TLS is loaded only where it is needed.
    agent: isHttps
      ? { https: remembering(new https.Agent(options)) }
      : { http: remembering(new http.Agent(options)) },
    close() {
      for (const connection of opened) connection.destroy();
    },
  };
}

/**
 * Until its tunnel stands, Node listens to a proxy twice as often after each piece of the answer, and searches all of
 * it anew: a proxy that drips would take all memory. After ten pieces it is given up.
 */
function limited(connection: Duplex): Duplex {
  let listeners = 0;
  return connection.setMaxListeners(0).on("newListener", (event) => {
    if (event === "readable" && ++listeners > MAX_LISTENERS)
      connection.destroy(Object.assign(new Error("too many pieces"), { code: "ERR_PROXY_PIECES" }));
  });
}
