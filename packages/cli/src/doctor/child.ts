import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as v from 'valibot';
import type { Trial } from './trial';

/** How long a backend may take to load and to compute. */
const LIMIT_MS = 60_000;
/** Of what a process said before it died, the end. */
const MOST = 300;

const trial = v.object({
  works: v.boolean(),
  reason: v.exactOptional(v.string()),
  milliseconds: v.exactOptional(v.number()),
  library: v.exactOptional(
    v.object({ version: v.exactOptional(v.string()), file: v.exactOptional(v.string()) }),
  ),
  products: v.exactOptional(
    v.object({
      name: v.string(),
      file: v.exactOptional(v.string()),
      ratios: v.exactOptional(v.array(v.number())),
      passedOver: v.array(v.object({ file: v.string(), reason: v.string() })),
      advice: v.exactOptional(v.string()),
    }),
  ),
});

/** This package's program that tries a backend, among the sources or built. */
export const probeProgram = (): string => {
  const manifest = pathToFileURL(createRequire(import.meta.url).resolve('steadyformer/package.json'));
  const file = import.meta.url.endsWith('.ts') ? './src/doctor/probe.ts' : './dist/doctor/probe.js';
  return fileURLToPath(new URL(file, manifest));
};

/** Tries a backend in a process of its own: one that crashes or hangs does not take the doctor with it. */
export const tryInChild = (
  name: string,
  program: string = probeProgram(),
  limit: number = LIMIT_MS,
): Promise<Trial> =>
  new Promise((resolve) => {
    const child = fork(program, [name], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let said = '';
    let late = false;
    const fails = (reason: string): void => resolve({ works: false, reason });
    const stop = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, limit);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-MOST);
    });
    child.once('message', (message) => {
      const result = v.safeParse(trial, message);
      if (result.success) resolve(result.output);
      else fails('its process gave an answer that is none');
    });
    child.once('error', (error) => fails(error.message));
    // Once its streams are closed too: what it said last is the reason.
    child.once('close', (code, signal) => {
      clearTimeout(stop);
      const last = said.trim().split('\n').at(-1);
      const how = late
        ? `it gave no answer within ${limit / 1000} s`
        : `it ended its process with ${signal ?? code}`;
      fails(last ? `${how}: ${last}` : how);
    });
  });
