/** What the system calls an error, such as 'ENOENT'; else its text. */
export const errorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

/** Why a file cannot be written. */
export const writeReason = (error: unknown): string => {
  const code = errorCode(error);
  return code === 'ENOSPC' ? 'the disk is full' : code;
};
