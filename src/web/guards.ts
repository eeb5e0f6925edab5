import type { Context, MiddlewareHandler } from "hono";
import { CONTENT_SECURITY_POLICY } from "./csp.ts";
import { MESSAGES, type Message } from "./messages.ts";
import { isAllowedHost, isSameOrigin } from "./origin.ts";
import type { Session } from "./sessions.ts";
import { hashToken, matchesHash } from "./token.ts";
import { renderMessage } from "./views/message.ts";

/** The session is set once a request is known to have one. */
export type VisitEnv = { Variables: { session: Session } };
/** A request on its way through the page. */
export type Visit = Context<VisitEnv>;

type Guard = MiddlewareHandler<VisitEnv>;

/** Loosens the headers that every answer has by what a page needs. */
export const allowPage: Guard = async (visit, next) => {
  visit.header("Content-Security-Policy", CONTENT_SECURITY_POLICY);
  // With "no-referrer" browsers send "Origin: null" with our own forms.
  visit.header("Referrer-Policy", "same-origin");
  await next();
};

export function guardHost(allowedHosts: readonly string[]): Guard {
  return async (visit, next) => {
    if (!isAllowedHost(visit.req.header("host"), allowedHosts)) return say(visit, 403, MESSAGES.host);
    await next();
  };
}

/** Lets only forms through that a page of the session sent. */
export const guardForms: Guard = async (visit, next) => {
  const { req } = visit;
  if (req.method === "POST") {
    const csrf = (await formOf(visit)).get("csrf") ?? "";
    const isOurs =
      isSameOrigin(req.header("origin"), req.header("host")) &&
      matchesHash(csrf, hashToken(visit.get("session").csrf));
    if (!isOurs) return say(visit, 403, MESSAGES.forged);
  }
  await next();
};

export async function formOf({ req }: Visit): Promise<URLSearchParams> {
  return new URLSearchParams(await req.text());
}

export function say(
  visit: Visit,
  status: 400 | 403 | 404 | 405 | 429 | 500 | 503,
  message: Message,
): Response {
  const [title, text] = message;
  return visit.html(renderMessage(title, text), status) as Response;
}
