// Trains by a config; says every event as a line, and at the end the result or the error.
import { writeSync } from 'node:fs';
import type { RunEvent } from '@steadyformer/translate/node';
import { train } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { fillDisk } from './fillDisk';
import { countOperations } from './operations';

export interface RunOptions {
  readonly config: Readonly<Record<string, unknown>>;
  /** Replicas' module. */
  readonly entry?: string;
  /** The process kills itself at this operation on files, in the middle of it where it writes. */
  readonly killAt?: number;
  /** The disk is filled, but for so many bytes, at the first event of this name, of this update if one is named. */
  readonly fill?: {
    readonly disk: string;
    readonly left: number;
    readonly at: string;
    readonly update?: number;
  };
}

/** What a line says. */
export type Line =
  | { readonly event: RunEvent; readonly tensors: number; readonly operations: number }
  | { readonly result: unknown; readonly operations: number }
  | { readonly error: { readonly name: string; readonly message: string } };

const { config, entry, killAt, fill } = JSON.parse(process.argv[2]!) as RunOptions;
const operations = await countOperations(killAt);
const say = (line: Line): void => void writeSync(1, `${JSON.stringify(line)}\n`);

let filled = false;
const fillAt = (event: RunEvent): void => {
  if (!fill || filled || event.event !== fill.at) return;
  if (fill.update !== undefined && (event as { update?: number }).update !== fill.update) return;
  filled = true;
  fillDisk(fill.disk, fill.left);
};

const abort = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => abort.abort());

try {
  const result = await train(config, {
    signal: abort.signal,
    onEvent: (event) => {
      fillAt(event);
      say({ event, tensors: tf.memory().numTensors, operations: operations() });
    },
    ...(entry === undefined ? {} : { entry: new URL(entry) }),
  });
  say({ result, operations: operations() });
} catch (error) {
  const { name, message } = error as Error;
  say({ error: { name, message } });
  process.exitCode = 2;
}
