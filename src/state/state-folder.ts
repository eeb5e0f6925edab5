import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

export const DEFAULT_STATE_DIR = "/data";
export const STATE_FILE = "openwisp-metrics.sqlite";

/** What keeps the state from being stored, for the admin: what is wrong, and the lines of compose that help. */
export interface FolderProblem {
  readonly message: string;
  readonly hint: string;
}

/** Looks at the folder of the state, touching nothing; undefined when it may be written to. */
export function folderProblem(directory: string): FolderProblem | undefined {
  const place = nearest(directory);
  if (!statSync(place).isDirectory())
    return { message: `${place} is a file where a folder should be`, hint: volumeLines(directory) };
  const file = join(directory, STATE_FILE);
  if (existsSync(file) && !statSync(file).isFile())
    return { message: `${file} should be a file, and is none`, hint: volumeLines(directory) };
  for (const path of existsSync(file) ? [place, file] : [place]) {
    const code = refusal(path);
    if (code) return { message: inWords(code, path), hint: volumeLines(directory) };
  }
  return undefined;
}

export function fullDisk(directory: string): FolderProblem {
  return {
    message: `the disk that ${directory} is on is full`,
    hint: "free some space; docker system df shows what Docker uses",
  };
}

/** Docker makes the volume with the owner that the image's own folder has. */
function volumeLines(directory: string): string {
  return `give it a volume of its own:
services:
  metrics:
    volumes: ["metrics_data:${directory}"]
volumes:
  metrics_data: {}`;
}

function inWords(code: string, path: string): string {
  if (code === "EROFS") return `${path} is on a read-only file system`;
  const { uid, gid, mode } = statSync(path);
  const owner = `it belongs to uid ${uid}, gid ${gid}, mode ${(mode & 0o777).toString(8)}`;
  return `${path} may not be written to: ${owner}, and we are uid ${process.getuid?.()}, gid ${process.getgid?.()}`;
}

function refusal(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

/** The folder itself, or the one above it in which it would be made. */
function nearest(directory: string): string {
  let place = directory;
  while (!existsSync(place) && place !== dirname(place)) place = dirname(place);
  return place;
}
