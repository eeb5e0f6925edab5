import type { MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { say, type Visit, type VisitEnv } from "./guards.ts";
import { MESSAGES, SIGN_IN } from "./messages.ts";
import type { Sessions } from "./sessions.ts";
import type { SignIn } from "./sign-in.ts";
import { renderSignIn } from "./views/sign-in.ts";

const COOKIE = "openwisp-metrics";

export interface Door {
  /** Lets in who has a session, and gives one to who has the token. */
  readonly guard: MiddlewareHandler<VisitEnv>;
  signOut(visit: Visit): void;
}

export function createDoor(
  basePath: string,
  sessions: Pick<Sessions, "find" | "end">,
  signIn: (token: string) => SignIn,
): Door {
  const path = basePath || "/";
  const goHome = (visit: Visit) => visit.redirect(`${basePath}/`, 303);

  return {
    async guard(visit, next) {
      const session = sessions.find(getCookie(visit, COOKIE));
      const token = visit.req.path === "/" ? visit.req.query("token") : undefined;
      if (token !== undefined) return session ? goHome(visit) : enter(visit, token);
      if (!session) return askToSignIn(visit);
      visit.set("session", session);
      await next();
    },

    signOut(visit) {
      sessions.end(getCookie(visit, COOKIE));
      deleteCookie(visit, COOKIE, { path });
    },
  };

  /** Leads to the address without the token, so that it stays neither on the screen nor in the history. */
  function enter(visit: Visit, token: string): Response | Promise<Response> {
    const result = signIn(token);
    if (result.kind === "wrong") return visit.html(renderSignIn(SIGN_IN.wrong), 401);
    if (result.kind === "paused") {
      visit.header("Retry-After", String(result.seconds));
      return say(visit, 429, MESSAGES.paused);
    }
    const secure = /^https\b/i.test(visit.req.header("x-forwarded-proto") ?? "");
    setCookie(visit, COOKIE, result.sessionId, { httpOnly: true, sameSite: "Strict", path, secure });
    return goHome(visit);
  }

  /**
   * Whoever follows a link on another web site brings no SameSite=Strict cookie along, not even through a redirect.
   * When this answer loads the address again, the browser does send it.
   */
  function askToSignIn(visit: Visit): Response | Promise<Response> {
    const { req } = visit;
    const isFollowed =
      req.header("sec-fetch-site") === "cross-site" && req.header("sec-fetch-mode") === "navigate";
    if (isFollowed) visit.header("Refresh", "0");
    return visit.html(renderSignIn(SIGN_IN.needed), 401);
  }
}
