import { fields, finite, isRecord, such, text, whole } from '@steadyformer/core';
import { type Machine, machine, type Versions, versions } from '@steadyformer/core/node';
import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { listOf, needed, type SchemasOf } from '../../checks/schemas';

/** A run that begins, or goes on: when, how it was called, and what it ran on. */
export interface RunStart {
  /** ISO 8601, UTC. */
  readonly time: string;
  /** The program, its options and arguments. */
  readonly command: readonly string[];
  /** The folder it was called in, which relative paths start from. */
  readonly directory: string;
  /** The name of the backend that is set. */
  readonly backend: string;
  readonly versions: Versions;
  readonly machine: Machine;
  /** Ranks that trained together; absent where the process was alone. */
  readonly ranks?: number | undefined;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isTexts = (value: unknown): boolean => isRecord(value) && Object.values(value).every(isText);
/** As `Date.toISOString` writes it. */
const isTime = (value: unknown): boolean =>
  typeof value === 'string' &&
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u.test(value) &&
  !Number.isNaN(Date.parse(value));
const bytes = () => finite('bytes', (value) => value >= 0);

export const start = (): v.GenericSchema<RunStart> =>
  fields({
    time: needed(such<string>("times as '2026-01-31T12:00:00.000Z'", isTime)),
    command: needed(listOf<string>('a list of texts', isText)),
    directory: needed(text()),
    backend: needed(text()),
    versions: needed(
      fields({
        node: needed(text()),
        tfjs: needed(text()),
        packages: needed(such<Versions['packages']>('versions by name', isTexts)),
      }),
    ),
    machine: needed(
      fields({
        platform: needed(text()),
        arch: needed(text()),
        processor: needed(text()),
        cores: needed(whole()),
        memory: needed(bytes()),
        freeMemory: needed(bytes()),
      } satisfies SchemasOf<Machine>),
    ),
    ranks: v.optional(whole()),
  } satisfies SchemasOf<RunStart>);

/** This process, as one that starts a run now. Choose the backend before. */
export const runStart = (): RunStart => ({
  time: new Date().toISOString(),
  command: [process.argv0, ...process.execArgv, ...process.argv.slice(1)],
  directory: process.cwd(),
  backend: tf.getBackend() ?? '',
  versions: versions(import.meta.url),
  machine: machine(),
});
