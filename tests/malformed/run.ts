import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildWhole } from '../support/buildWhole';
import type { Outcome } from './outcome';
import type { Job, Message, ReaderSet } from './protocol';
import { randomOf } from './random';
import { readersOf } from './readers';

const here = fileURLToPath(new URL('.', import.meta.url));
/** Inside the workspace, so that packages are found from there. */
export const folder: string = `${here}../node_modules/.cache/malformed`;

/** Bundles the child with our sources: a process has no loader for TypeScript. */
export const bundle = async (): Promise<string> => {
  const outfile = `${folder}/child.mjs`;
  await buildWhole({
    entryPoints: [`${here}child.entry.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    sourcemap: 'inline',
    conditions: ['steadyformer-source'],
    external: [
      '@tensorflow/*',
      'koffi',
      'onnxruntime-node',
      '@resvg/*',
      'vega',
      'vega-lite',
      'mathjs',
      'commander',
      'yaml',
    ],
    plugins: [
      {
        name: 'backends',
        setup: ({ onResolve }) => {
          onResolve({ filter: /^#backends$/ }, () => ({ path: `${here}backends.ts` }));
        },
      },
    ],
    logLevel: 'error',
  });
  return outfile;
};

export interface Result extends Outcome {
  readonly reader: string;
  readonly index: number;
  readonly seconds: number;
}

interface Settings {
  readonly script: string;
  readonly set: ReaderSet;
  readonly seed: number;
  /** How many cases each reader gets. */
  readonly counts: ReadonlyMap<string, number>;
  /** A case that takes longer is `slow`. */
  readonly limitSeconds: number;
}

/** Ends a child that may no longer listen. */
const end = (child: ChildProcess): void => {
  child.removeAllListeners();
  child.on('error', () => {});
  child.kill('SIGKILL');
};

const start = (script: string): Promise<ChildProcess> =>
  new Promise((resolve, reject) => {
    const child = fork(script, [], {
      execArgv: ['--max-old-space-size=1500', '--enable-source-maps', '--no-warnings'],
      // tfjs's own words about Node go nowhere.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the child did not start (code ${code})`)));
    child.once('message', () => {
      child.removeAllListeners();
      resolve(child);
    });
  });

/** Sends a job; resolves with the case at which the child stopped answering or died, or undefined where it did all. */
const work = (
  child: ChildProcess,
  job: Job,
  limitSeconds: number,
  onEnd: (index: number, outcome: Outcome, seconds: number) => void,
): Promise<{ readonly stuck: number; readonly why: string } | undefined> =>
  new Promise((resolve) => {
    let at = job.from;
    let timer: NodeJS.Timeout | undefined;
    let loose: string | undefined;
    const finish = (stuck?: { stuck: number; why: string }): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      resolve(stuck);
    };
    child.on('message', (raw) => {
      const message = raw as Message;
      if ('start' in message) {
        at = message.start;
        clearTimeout(timer);
        timer = setTimeout(
          () => finish({ stuck: at, why: `not done after ${limitSeconds} s` }),
          limitSeconds * 1000,
        );
      } else if ('end' in message) {
        const { outcome, seconds } = message;
        const unhandled: Outcome = {
          ...outcome,
          kind: 'raw',
          detail: `nobody waited for a promise: ${loose}`,
        };
        onEnd(message.end, loose === undefined ? outcome : unhandled, seconds);
        loose = undefined;
      } else if ('loose' in message) loose = message.loose;
      else if ('done' in message) finish();
    });
    child.on('exit', (code, signal) => finish({ stuck: at, why: `the process died (${signal ?? code})` }));
    child.send(job);
  });

/** What a case does to its input: a process that is gone cannot say. */
const changeOf = (set: ReaderSet, name: string, seed: number, index: number): string =>
  readersOf(set)
    .find((each) => each.name === name)
    ?.make(randomOf(seed, name, index), index === 0).change ?? '';

/** Runs every reader's cases, one at a time; a child that hangs or dies is replaced and the next case goes on. */
export const runAll = async ({ script, set, seed, counts, limitSeconds }: Settings): Promise<Result[]> => {
  const results: Result[] = [];
  let child = await start(script);
  for (const [reader, count] of counts) {
    for (let from = 0; from < count; ) {
      const stopped = await work(
        child,
        { set, seed, reader, from, to: count },
        limitSeconds,
        (index, outcome, seconds) => {
          results.push({ ...outcome, reader, index, seconds });
        },
      );
      if (stopped === undefined) break;
      results.push({
        kind: 'slow',
        change: changeOf(set, reader, seed, stopped.stuck),
        detail: stopped.why,
        reader,
        index: stopped.stuck,
        seconds: limitSeconds,
      });
      end(child);
      child = await start(script);
      from = stopped.stuck + 1;
    }
  }
  end(child);
  return results;
};
