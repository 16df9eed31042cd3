/** An error of this package, recognisable by name even across duplicate installs. */
export class MpiError extends Error {
  override readonly name = 'MpiError';
}

/** The message of anything that was thrown. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
