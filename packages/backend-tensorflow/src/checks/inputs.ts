import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from './errors';
import { commandWords, shellWords } from './shellWords';

/** The compiler and the user's own flags, as words. */
export interface Compiler {
  /** The program, and what comes before ours: `['ccache', 'g++']`. */
  readonly words: readonly [string, ...string[]];
  /** `CPPFLAGS` and `CXXFLAGS`: after our own flags, so that they prevail. */
  readonly flags: readonly string[];
  /** `LDFLAGS`. */
  readonly linkFlags: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A folder from outside, absolute: links to it hold wherever they lie, and a later step may run elsewhere. */
export const folderFrom = (name: string, text: string, cwd: string): string => {
  if (text.trim() === '') throw new UsageError(`${name} is empty: give a folder, or leave it out.`);
  return resolve(cwd, text);
};

/** {@link folderFrom} of a folder that must be there already. */
export const existingFolder = (name: string, text: string, cwd: string): string => {
  const folder = folderFrom(name, text, cwd);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory()) return folder;
  const from = folder === text ? '' : ` (that is ${folder})`;
  throw new UsageError(
    `${name} ${JSON.stringify(text)}${from} ${found ? 'is a file' : 'does not exist'}: give a folder that is there.`,
  );
};

/** A program from outside: a name for the PATH as it is, a path absolute. */
export const programFrom = (name: string, text: string, cwd: string): string => {
  if (text.trim() === '') throw new UsageError(`${name} is empty: give a program, or leave it out.`);
  return text.includes('/') ? resolve(cwd, text) : text;
};

/** The compiler of a command line or of `CXX`, with the flags of the environment. */
export const compilerFrom = (name: string, text: string, environment: Environment, cwd: string): Compiler => {
  // The path of a program with a space in it is one word, quoted or not.
  const whole = text.includes('/') && existsSync(resolve(cwd, text));
  const [program, ...rest] = whole ? [text] : commandWords(text, name);
  const flags = (variable: string): string[] => shellWords(environment[variable] ?? '', variable);
  return {
    words: [programFrom(name, program, cwd), ...rest],
    flags: [...flags('CPPFLAGS'), ...flags('CXXFLAGS')],
    linkFlags: flags('LDFLAGS'),
  };
};
