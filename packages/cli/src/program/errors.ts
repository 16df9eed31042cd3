import { CommanderError } from 'commander';
import { version } from '../../package.json';
import { Interrupted } from './interruptible';
import { ClosedPipe } from './streams';

/** What the command ends with. */
export const EXIT = { well: 0, crash: 1, mistake: 2 } as const;

const ISSUES = 'https://github.com/steadyformer/steadyformer/issues';

/** A message and its hint on one line, without the megabytes that an argument may be. */
export const oneLine = (text: string): string => {
  const short = text.replaceAll(
    /\S{301,}/gu,
    (word) => `${word.slice(0, 100)}... (${word.length} characters)`,
  );
  return `${short.trim().replaceAll(/\s*\n\s*/gu, ' ')}\n`;
};

/** How an engine says that an array did not fit: V8, tfjs's wasm backend, ONNX Runtime. */
const NO_MEMORY =
  /out of memory|allocation failed|Invalid (typed )?array length|Invalid string length|memory access out of bounds|failed to allocate/iu;

/** Errors that say what a user can mend. */
const MISTAKES: readonly string[] = ['SteadyformerError', 'MpiError'];

const messageOf = (failure: unknown): string =>
  failure instanceof Error ? failure.message : String(failure);

/** The exit code of what went wrong, and its line on the error stream; none where it has been said, or is no fault. */
export const endingOf = (failure: unknown): { readonly code: number; readonly line?: string } => {
  // Commander has already said what is wrong, or shown the help that was asked for.
  if (failure instanceof CommanderError) return { code: failure.exitCode === 0 ? EXIT.well : EXIT.mistake };
  if (failure instanceof ClosedPipe) return { code: EXIT.well };
  if (failure instanceof Interrupted) return { code: failure.code };
  const message = messageOf(failure);
  // By its name, as a package may be installed twice.
  if (failure instanceof Error && MISTAKES.includes(failure.name)) {
    return { code: EXIT.mistake, line: oneLine(`error: ${message}`) };
  }
  if (NO_MEMORY.test(message)) {
    return {
      code: EXIT.mistake,
      line: oneLine(
        `error: this takes more memory than there is (${message}); make the networks or batches smaller`,
      ),
    };
  }
  const name = failure instanceof Error ? `${failure.name}: ` : '';
  const where = process.env.STEADYFORMER_STACK && failure instanceof Error ? ` ${failure.stack}` : '';
  return {
    code: EXIT.crash,
    line: oneLine(
      `error: ${name}${message}. This is a fault of steadyformer ${version}: please report it with the command line and, from STEADYFORMER_STACK=1, the place, at ${ISSUES}${where}`,
    ),
  };
};

/** The same in words alone, for others who are told of it; undefined where it has been said, or is no fault. */
export const reasonOf = (failure: unknown): string | undefined =>
  endingOf(failure)
    .line?.replace(/^error: /u, '')
    .trim();
