import { Hono } from "hono/tiny";
import { whatAndWhere } from "../failure.ts";
import { createDoor } from "./door.ts";
import type { Fetch } from "./exchange.ts";
import { allowPage, formOf, guardForms, guardHost, say, type Visit, type VisitEnv } from "./guards.ts";
import type { PageParts } from "./listener.ts";
import { MESSAGES } from "./messages.ts";
import { createPreviews } from "./previews.ts";
import { createSessions } from "./sessions.ts";
import { createSignIn } from "./sign-in.ts";
import { renderPage } from "./views/page.ts";

export interface PageAppParts extends Omit<PageParts, "keys" | "healthy"> {
  readonly tokenHash: () => string | undefined;
  /** Ends with the page. */
  readonly signal: AbortSignal;
}

type Answer = Response | Promise<Response>;
type Route = readonly [method: "GET" | "POST", path: string, handler: (visit: Visit) => Answer];

const PATIENCE_MS = 12_000;

class TooSlow extends Error {}

/** The System Info page, from a whole request to a whole response. */
export function createPageApp(parts: PageAppParts): Fetch {
  const { clock, log, signal } = parts;
  const { basePath, allowedHosts } = parts.settings;
  const sessions = createSessions(() => clock.now());
  const door = createDoor(basePath, sessions, createSignIn({ ...parts, sessions }));
  const previews = createPreviews();

  const routes: readonly Route[] = [
    ["GET", "/", showPage],
    ["GET", "/preview/:file{[0-9a-f]+\\.json}", sendPreview],
    ["GET", "/reports/:file{[0-9]+\\.json}", sendReport],
    ["POST", "/consent", setConsent],
    ["POST", "/sign-out", signOut],
  ];

  const app = new Hono<VisitEnv>();
  app.use(allowPage, guardHost(allowedHosts), door.guard, guardForms);
  for (const [method, path, handler] of routes) {
    app.on(method, path, handler);
    app.all(path, (visit) => {
      visit.header("Allow", method === "GET" ? "GET, HEAD" : method);
      return say(visit, 405, MESSAGES.method);
    });
  }
  app.notFound((visit) => say(visit, 404, MESSAGES.notFound));
  app.onError((error, visit) => {
    if (error instanceof TooSlow) return say(visit, 503, MESSAGES.slow);
    if (!signal.aborted) log.error(`the System Info page failed: ${whatAndWhere(error)}`);
    return say(visit, 500, MESSAGES.failed);
  });
  return async (request) => app.fetch(request);

  async function showPage(visit: Visit): Promise<Response> {
    const model = await inTime(parts.model());
    const { installation } = model;
    const body = installation.kind === "seen" ? installation.preview?.body : undefined;
    const previewSha256 = body === undefined ? undefined : previews.keep(body);
    const session = visit.get("session");
    const { csrf, said } = session;
    session.said = undefined;
    const before = idOf(visit.req.query("before"));
    return visit.html(renderPage(model, { basePath, csrf, previewSha256, before, said }));
  }

  function sendPreview(visit: Visit): Answer {
    return sendJson(visit, "openwisp-metrics-preview.json", previews.find(nameOf(visit)));
  }

  function sendReport(visit: Visit): Answer {
    const id = idOf(nameOf(visit));
    const body = id === undefined ? undefined : parts.report(id);
    return sendJson(visit, `openwisp-metrics-report-${id}.json`, body);
  }

  async function setConsent(visit: Visit): Promise<Response> {
    // A box that is not checked is not sent.
    const given = (await formOf(visit)).get("given");
    if (given !== null && given !== "yes") return say(visit, 400, MESSAGES.unclear);
    visit.get("session").said = await inTime(parts.setConsent(given === "yes"));
    return visit.redirect(`${basePath}/`, 303);
  }

  function signOut(visit: Visit): Answer {
    door.signOut(visit);
    return visit.redirect(`${basePath}/`, 303);
  }

  async function inTime<T>(work: Promise<T>): Promise<T> {
    const done = new AbortController();
    const tooSlow = clock.sleep(PATIENCE_MS, done.signal).then(() => Promise.reject(new TooSlow()));
    return await Promise.race([work, tooSlow]).finally(() => done.abort());
  }
}

function idOf(text = ""): number | undefined {
  const id = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(id) ? id : undefined;
}

function nameOf(visit: Visit): string {
  return (visit.req.param("file") ?? "").replace(/\.json$/, "");
}

function sendJson(visit: Visit, name: string, body: string | undefined): Answer {
  if (body === undefined) return visit.notFound();
  visit.header("Content-Type", "application/json");
  visit.header("Content-Disposition", `attachment; filename="${name}"`);
  return visit.body(body);
}
