import type { Readable } from "node:stream";
import { askProcess, type Command } from "../self-process.ts";
import type { Answer, PostReport } from "./collector.ts";

/** Longer than an attempt can take. */
const MAX_MS = 18_000;

/** What is made of nothing that can be understood. */
const NO_ANSWER: Answer = { kind: "unavailable", reason: "the attempt was cut short" };

/**
 * Sends each body from a process of its own, which is gone when it has printed the answer: what HTTP and TLS take of
 * memory is not kept for the day until the next report, and what a server sends never comes near the state.
 *
 * @param command the program with the arguments that make it `answerPost`
 */
export function createPostProcess(command: Command): PostReport {
  return async (body, signal) =>
    toAnswer(await askProcess(command, { input: `${body}\n`, timeoutMs: MAX_MS, signal }));
}

function toAnswer(output: string): Answer {
  try {
    return JSON.parse(output) as Answer;
  } catch {
    return NO_ANSWER;
  }
}

/** The child's side: reads a body of one line, sends it, prints the answer; ends with its parent. */
export async function answerPost(
  input: Readable,
  print: (text: string) => void,
  post: PostReport,
): Promise<void> {
  const orphaned = new AbortController();
  let received = "";
  const body = await new Promise<string>((done) => {
    input.setEncoding("utf8");
    input.on("data", (text) => {
      received += text;
      if (received.includes("\n")) done(received.slice(0, received.indexOf("\n")));
    });
    input.on("end", () => {
      orphaned.abort();
      done("");
    });
  });
  if (!orphaned.signal.aborted) print(JSON.stringify(await post(body, orphaned.signal)));
}
