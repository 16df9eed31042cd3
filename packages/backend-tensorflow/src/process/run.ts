import { spawnSync } from 'node:child_process';

export interface RunResult {
  /** Exit status; null where the program could not be started or was killed. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Injected everywhere, so that tests need no compiler and no Python. */
export type Run = (command: string, args: readonly string[]) => RunResult;

/** {@link Run} on this machine; a program that does not exist gives status null and the reason on stderr. */
export const run: Run = (command, args) => {
  const result = spawnSync(command, [...args], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return {
    status: result.status,
    stdout: result.stdout ?? '',
    stderr: result.error ? result.error.message : (result.stderr ?? ''),
  };
};

/** The last `lines` lines of a program's complaint, for an error message. */
export const tail = (text: string, lines = 12): string => text.trim().split('\n').slice(-lines).join('\n');

/**
 * The one line of a program's complaint that says what is wrong: the first that names an error, else the last. For
 * messages of one line.
 */
export const complaint = (text: string): string => {
  const lines = text.split('\n').map((line) => line.trim());
  const said =
    lines.find((line) => /No space left/.test(line)) ?? lines.find((line) => /\berror\b|Error:/i.test(line));
  return (said ?? lines.filter((line) => line !== '').at(-1) ?? '').replace(/\.$/, '');
};
