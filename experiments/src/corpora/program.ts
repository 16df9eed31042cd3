import { execFile } from 'node:child_process';
import { SteadyformerError } from '@steadyformer/core';

/** Runs a program and returns what it printed. */
export type Run = (
  program: string,
  args: readonly string[],
  options?: { readonly folder?: string },
) => Promise<string>;

/** What to do where a program is not there. */
const FROM: Readonly<Record<string, string>> = {
  'apt-get':
    'This corpus is made of Debian packages: build it on Debian or Ubuntu, or in a container of one.',
  dpkg: 'This corpus is made of Debian packages: build it on Debian or Ubuntu, or in a container of one.',
  '/usr/lib/apt/apt-helper':
    'It is part of apt: build this corpus on Debian or Ubuntu, or in a container of one.',
  npm: 'It comes with Node.js: put it into the PATH.',
  tar: 'Install it, or put it into the PATH.',
};

const NETWORK =
  /could not resolve|temporary failure|failed to fetch|unable to (?:connect|fetch)|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|network/iu;
const UNKNOWN = /unable to locate package|no (?:candidate|installation candidate)|E404|can't find a source/iu;
const FULL = /no space left|ENOSPC/iu;

const remedy = (said: string): string => {
  if (FULL.test(said)) return 'Free space, or set STEADYFORMER_CORPORA to a folder on another disk.';
  if (UNKNOWN.test(said)) {
    return 'The package source does not have it: run `apt-get update`, or choose other languages or packages.';
  }
  if (NETWORK.test(said)) return 'Look at the network and the package source, then run it again.';
  return 'Run the command by itself to see all that it says.';
};

const TEXT_LIMIT = 1 << 30;

/** @throws SteadyformerError where the program is not there or fails, with the cause and what to do */
export const runProgram: Run = (program, args, { folder } = {}) =>
  new Promise((resolve, reject) => {
    execFile(
      program,
      [...args],
      { ...(folder === undefined ? {} : { cwd: folder }), encoding: 'utf8', maxBuffer: TEXT_LIMIT },
      (error, out, errors) => {
        if (!error) {
          resolve(out);
          return;
        }
        if (error.code === 'ENOENT') {
          reject(new SteadyformerError(`${program} is not there. ${FROM[program] ?? 'Install it.'}`));
          return;
        }
        const lines = errors.split('\n').map((line) => line.trim());
        const told = lines.filter((line) => /^(?:E:|npm error|error)/iu.test(line));
        const cause = (told.length > 0 ? told : lines.filter((line) => line !== '')).slice(0, 2).join('; ');
        const command = [program, ...args.slice(0, 4), ...(args.length > 4 ? ['...'] : [])].join(' ');
        reject(
          new SteadyformerError(
            `${command}: failed${cause === '' ? '' : `, ${cause.slice(0, 400)}`}. ${remedy(errors)}`,
          ),
        );
      },
    );
  });
