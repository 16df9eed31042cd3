import { readFile, stat } from 'node:fs/promises';
import { isRecord, SteadyformerError, show } from '@steadyformer/core';
import type { GivenConfig } from '@steadyformer/translate/node';
import { checkRegular } from '../input/readText';
import { fileReason } from '../program/fileReason';
import { type Parsed, parseYaml } from './yaml';

/** A run's config as its file has it. */
export interface ConfigFile extends Pick<Parsed, 'placeOf'> {
  readonly path: string;
  readonly value: GivenConfig;
}

/** Bytes. A config has a few thousand. */
const LARGEST = 2 ** 20;

const NEXT = 'Write one with `steadyformer init`.';

/**
 * Reads a config, YAML or JSON whatever its name is. Paths in it stay as they are: they are relative to the working
 * directory.
 *
 * @throws SteadyformerError on a file that cannot be read, is no text in UTF-8, is no YAML (with line and column), or holds no
 *   record
 */
export const readConfig = async (path: string): Promise<ConfigFile> => {
  const { value, placeOf } = parseYaml(decode(await readBytes(path), path), path);
  if (isRecord(value)) return { path, value, placeOf };
  const received = value === undefined || value === null ? 'nothing' : show(value);
  throw new SteadyformerError(
    `${path}: received ${received}, allowed the keys of a training run and their values. ${NEXT}`,
  );
};

const readBytes = async (path: string): Promise<Uint8Array> => {
  try {
    await checkRegular(path);
    const { size } = await stat(path);
    if (size > LARGEST) throw new Error(`it has ${size} bytes, and a config has at most ${LARGEST}`);
    return await readFile(path);
  } catch (error) {
    throw new SteadyformerError(`${show(path)}: the config cannot be read, ${fileReason(error)}. ${NEXT}`);
  }
};

const decode = (bytes: Uint8Array, path: string): string => {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  try {
    return utf8.decode(bytes);
  } catch {
    throw new SteadyformerError(`${path}:${badLine(bytes)}: no text in UTF-8. Save it as UTF-8.`);
  }
};

/** The first line that is not UTF-8. */
const badLine = (bytes: Uint8Array): number => {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  for (let [line, start] = [1, 0]; ; line++) {
    const found = bytes.indexOf(10, start);
    const end = found < 0 ? bytes.length : found;
    try {
      utf8.decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    if (found < 0) return line;
    start = end + 1;
  }
};
