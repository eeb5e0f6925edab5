import { drawToken, hashToken } from "./token.ts";

const MAX_SESSIONS = 100;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A browser that is signed in. */
export interface Session {
  /** What a form must bring along, so that it can only be one of our pages. */
  readonly csrf: string;
  /** A sentence for the next page, shown once. */
  said: string | undefined;
}

/** The sessions of this process: they end after a day, with a sign-out, or when the daemon does. */
export interface Sessions {
  /** Gives the id for the cookie. The oldest session ends when there are too many. */
  start(): string;
  find(id: string | undefined): Session | undefined;
  end(id: string | undefined): void;
}

export function createSessions(now: () => Date): Sessions {
  // By the hash of their id: how long it takes to find one tells nothing about the ids of others.
  const sessions = new Map<string, Session & { readonly startedAt: number }>();
  const end = (id: string) => void sessions.delete(hashToken(id));
  return {
    start() {
      const [oldest] = sessions.keys();
      if (oldest !== undefined && sessions.size >= MAX_SESSIONS) sessions.delete(oldest);
      const id = drawToken();
      sessions.set(hashToken(id), { csrf: drawToken(), said: undefined, startedAt: now().getTime() });
      return id;
    },
    find(id = "") {
      const session = sessions.get(hashToken(id));
      if (!session) return undefined;
      const age = now().getTime() - session.startedAt;
      if (age >= 0 && age < DAY_MS) return session;
      // Also after the clock was set back, or it would live on for as long.
      end(id);
      return undefined;
    },
    end: (id = "") => end(id),
  };
}
