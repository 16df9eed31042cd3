/** An error of this package's own making: what is wrong and what to do next. */
export class TensorflowBackendError extends Error {
  override readonly name = 'TensorflowBackendError';
}

/** The text of anything that was thrown. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A bad command line, or a variable of the environment that cannot be used. Nothing has been touched. */
export class UsageError extends TensorflowBackendError {}
