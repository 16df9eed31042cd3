import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  anyRecord,
  checkRecord,
  fields,
  finite,
  parseAs,
  SteadyformerError,
  show,
  such,
} from '@steadyformer/core';
import * as v from 'valibot';
import { fromJson, toJson } from '../../checks/jsonValue';
import { errorCode } from '../../checks/node/errorCode';
import { checkFolderPath } from '../../checks/node/folderPath';
import { replaceText } from '../../checks/node/replaceText';
import { needed, type SchemasOf } from '../../checks/schemas';
import { type FileFingerprint, fingerprint } from './fingerprint';
import { type RunStart, start } from './runStart';

/** What repeats a run. */
export interface RunRecord {
  /** All that was configured, defaults included: any record that JSON can hold, and NaN and infinities. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly seed: number;
  /** The files it was trained on. */
  readonly data: readonly FileFingerprint[];
  /** Its start, and each time it went on. */
  readonly starts: readonly RunStart[];
}

/** The file in a run's folder. */
export const RUN = 'run.json';
const FORMAT = 'steadyformer-run';
const VERSION = 1;
const NEXT = 'The file is damaged or was edited by hand; use another copy.';

/** A list whose entries are checked one by one, so that the error names the one. */
const each = <T>(allowed: string, entry: v.GenericSchema<T>): v.GenericSchema<readonly T[]> =>
  v.pipe(
    such<readonly unknown[]>(allowed, (value) => Array.isArray(value)),
    v.array(entry) as never,
  ) as unknown as v.GenericSchema<readonly T[]>;

const runRecord = () =>
  fields({
    config: needed(anyRecord()),
    seed: needed(finite()),
    data: needed(each('a list of fingerprints', fingerprint())),
    starts: needed(each('a list of starts', start())),
  } satisfies SchemasOf<RunRecord>);

/**
 * Writes what repeats a run to `run.json` in its folder, which is made where it is missing: the old file or the new one is
 * there, whatever happens. For a run that has the folder's lock. One that goes on adds its `runStart()` to the `starts` that it reads.
 *
 * @throws SteadyformerError on what is no such record, or where it cannot be written; the file is as it was
 */
export const writeRunRecord = async (folder: string, record: RunRecord): Promise<void> => {
  const path = join(checkFolderPath('writeRunRecord() folder', folder), RUN);
  const checked = parseAs(runRecord(), record, 'writeRunRecord() record');
  const json = toJson({ format: FORMAT, version: VERSION, ...checked }, 'writeRunRecord() record');
  await replaceText(path, `${JSON.stringify(json, null, 2)}\n`);
};

const decode = (source: Uint8Array, path: string): RunRecord => {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(source));
  } catch {
    throw new SteadyformerError(`${path}: not JSON. ${NEXT}`);
  }
  checkRecord(path, json, 'an object of format, version, ...', NEXT);
  const { format, version, ...rest } = fromJson(json, path) as Readonly<Record<string, unknown>>;
  if (format !== FORMAT || version !== VERSION) {
    throw new SteadyformerError(
      `${path}: received format ${show(format)} version ${show(version)}, allowed '${FORMAT}' version ${VERSION}. ${NEXT}`,
    );
  }
  return parseAs(runRecord(), rest, path, NEXT);
};

/**
 * What a run's folder says of it, or undefined where it says nothing: no `run.json` is there.
 *
 * @throws SteadyformerError where the file cannot be read, is damaged or of another version
 */
export const readRunRecord = async (folder: string): Promise<RunRecord | undefined> => {
  const path = join(checkFolderPath('readRunRecord() folder', folder), RUN);
  const source = await readFile(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new SteadyformerError(`'${path}' cannot be read (${errorCode(error)}).`, { cause: error });
  });
  return source && decode(source, path);
};
