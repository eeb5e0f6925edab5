/** Whether it is the file of the state, or the disk below it, that failed. */
export function isStorageError(error: unknown): boolean {
  return (error as { code?: string } | undefined)?.code === "ERR_SQLITE_ERROR";
}
