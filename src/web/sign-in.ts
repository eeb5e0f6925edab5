import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import { createAttempts } from "./attempts.ts";
import type { Sessions } from "./sessions.ts";
import { matchesHash } from "./token.ts";

export type SignIn =
  | { readonly kind: "signed in"; readonly sessionId: string }
  | { readonly kind: "wrong" }
  | { readonly kind: "paused"; readonly seconds: number };

interface SignInParts {
  readonly sessions: Pick<Sessions, "start">;
  /** Asked at each sign-in: `openwisp-metrics page-url` may have drawn another token meanwhile. */
  readonly tokenHash: () => string | undefined;
  readonly clock: Pick<Clock, "now">;
  readonly log: Pick<Logger, "warn">;
}

const SAY_EVERY_MS = 60_000;

export function createSignIn({ sessions, tokenHash, clock, log }: SignInParts): (token: string) => SignIn {
  const attempts = createAttempts(() => clock.now());
  let saidAt = Number.NEGATIVE_INFINITY;

  function sayWrong(): void {
    const at = clock.now().getTime();
    if (Math.abs(at - saidAt) < SAY_EVERY_MS) return;
    saidAt = at;
    log.warn("a sign-in to the System Info page was refused: wrong token");
  }

  return (token) => {
    const pauseMs = attempts.pauseMs();
    if (pauseMs > 0) return { kind: "paused", seconds: Math.ceil(pauseMs / 1000) };
    if (!matchesHash(token, tokenHash())) {
      attempts.failed();
      sayWrong();
      return { kind: "wrong" };
    }
    attempts.succeeded();
    return { kind: "signed in", sessionId: sessions.start() };
  };
}
