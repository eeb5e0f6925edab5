/** The exit codes. */
export const EXIT = { done: 0, failed: 1, configuration: 2, notDelivered: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
