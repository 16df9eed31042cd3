/** What the system calls an error, such as 'ENOENT'; else its text. */
export const errorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
