import { spawn } from "node:child_process";
import { once } from "node:events";
import { type Spread, spreadOf } from "./figure.ts";
import { memoryOf } from "./memory.ts";

/** The smallest process that can import Django, Celery and OpenWISP's own collector, as it was once measured. */
const NOTED_MB = 58;
const SCRIPT = "import django, celery; print('ready', flush=True); import time; time.sleep(600)";

export interface PythonIdle {
  readonly name: string;
  readonly rss: Spread;
  readonly remark: string;
}

/** What a Python process takes that could do the same inside of OpenWISP. */
export async function pythonIdle(): Promise<PythonIdle> {
  const measured = await measure().catch(() => undefined);
  const name = "a Python with Django and Celery";
  if (measured !== undefined)
    return { name, rss: spreadOf([measured]), remark: "Python: import django and celery, measured here" };
  return {
    name,
    rss: spreadOf([NOTED_MB]),
    remark: `Python: Django or Celery is not installed here; ${NOTED_MB} MB is noted from a machine that has them`,
  };
}

async function measure(): Promise<number> {
  const child = spawn("python3", ["-c", SCRIPT], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    await Promise.race([
      once(child.stdout, "data"),
      once(child, "exit").then(() => Promise.reject(new Error("it cannot import them"))),
    ]);
    return memoryOf(child.pid ?? 0).rss;
  } finally {
    child.kill();
  }
}
