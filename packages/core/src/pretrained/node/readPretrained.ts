import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SteadyformerError } from '../../checks/errors';
import { readSafetensors } from '../../state/node/safetensorsFile';
import {
  CONFIG,
  INDEX,
  joinedParts,
  jsonOf,
  missing,
  namedError,
  type PretrainedSource,
  partsOf,
  WEIGHTS,
} from '../source';

const readJson = async (folder: string, name: string): Promise<unknown> =>
  jsonOf(await readFile(join(folder, name)), name);

const readWeights = async (folder: string, name: string): Promise<PretrainedSource['tensors']> => {
  try {
    return (await readSafetensors(join(folder, name))).tensors;
  } catch (error) {
    throw namedError(name, error);
  }
};

/**
 * A checkpoint from its folder as Hugging Face's transformers writes it: `config.json` beside `model.safetensors`, or
 * beside `model.safetensors.index.json` and the parts that it names. Tensors are read one at a time, of any size, and
 * widened to float32. Hand the result to `fromPretrained` of the `./pretrained` entry.
 *
 * @throws SteadyformerError on a file that is missing or damaged, naming it and the folder
 */
export const readPretrained = async (folder: string): Promise<PretrainedSource> => {
  try {
    const found = await readdir(folder).catch((error: Error) => {
      throw new SteadyformerError(`it cannot be read: ${error.message}`, { cause: error });
    });
    for (const name of [CONFIG, found.includes(INDEX) ? INDEX : WEIGHTS]) {
      if (!found.includes(name)) throw missing(name, found);
    }
    const config = await readJson(folder, CONFIG);
    if (found.includes(WEIGHTS)) return { config, tensors: await readWeights(folder, WEIGHTS) };
    const parts: (readonly [string, PretrainedSource['tensors']])[] = [];
    for (const name of partsOf(await readJson(folder, INDEX))) {
      parts.push([name, await readWeights(folder, name)]);
    }
    return { config, tensors: joinedParts(parts) };
  } catch (error) {
    const known = error instanceof SteadyformerError || (error instanceof Error && 'syscall' in error);
    if (!known) throw error;
    throw new SteadyformerError(`'${folder}': ${error.message}`, { cause: error });
  }
};
