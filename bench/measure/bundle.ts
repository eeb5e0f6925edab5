import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Figure, spreadOf } from "./figure.ts";
import { PROGRAM } from "./program.ts";

export const MAX_BUNDLE_BYTES = 1_000_000;

/** All that the image gets, in bytes. */
export async function bundleBytes(folder = dirname(PROGRAM)): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((it) => it.isFile()).map((it) => stat(join(it.parentPath, it.name)));
  return (await Promise.all(files)).reduce((sum, { size }) => sum + size, 0);
}

export async function measureBundle(): Promise<Figure[]> {
  const bytes = await bundleBytes();
  const target = { of: "ours", most: MAX_BUNDLE_BYTES / 1000 } as const;
  return [{ what: "bundle", unit: "kB", ours: spreadOf([bytes / 1000]), target }];
}
