import type { Writable } from "node:stream";
import { styleText } from "node:util";
import pino from "pino";
import { localTime } from "./local-time.ts";

/** Writes sentences for people. `fields` are for programs: LOG_FORMAT=json shows them, text does not. */
export interface Logger {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
  /** An instant as the log writes it: local time with its offset. */
  time(instant: Date): string;
}

export interface LogOptions {
  readonly level: string;
  readonly format: "text" | "json";
  readonly destination: Writable;
  readonly now: () => Date;
}

export function createLog({ level, format, destination, now }: LogOptions): Logger {
  const line = (entry: string) => destination.write(format === "json" ? entry : toText(entry, destination));
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":${JSON.stringify(now().toISOString())}`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: line },
  );
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    time: localTime,
  };
}

const COLOURS = { debug: "gray", info: "green", warn: "yellow", error: "red" } as const;

function toText(entry: string, destination: Writable): string {
  const { time, level, msg } = JSON.parse(entry) as {
    time: string;
    level: keyof typeof COLOURS;
    msg: string;
  };
  const label = styleText(COLOURS[level] ?? "red", level.toUpperCase().padEnd(5), { stream: destination });
  // Further lines of a message are indented, so that each entry can be told from the next.
  const message = msg.replace(/[^\P{Cc}\n]/gu, "").replaceAll("\n", "\n    ");
  return `${localTime(new Date(time))} ${label} ${message}\n`;
}
