import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FullConfig, type StateDict, SteadyformerError } from '@steadyformer/core';
import { readSafetensors } from '@steadyformer/core/node';
import { isPretrainedConfig } from '@steadyformer/core/pretrained';
import { parseJson } from './parseJson';
import { readText } from './readText';

/** Weights on disk, and the config they belong to where it is found. */
export interface SavedModel {
  readonly parameters: StateDict;
  readonly config?: FullConfig;
}

/**
 * Reads a checkpoint folder, or a safetensors file. The config is the one in the file's metadata, else config.json
 * beside it.
 */
export const readSavedModel = async (path: string): Promise<SavedModel> => {
  const folder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const file = folder ? join(path, 'model.safetensors') : path;
  const { tensors, metadata } = await readSafetensors(file).catch((error: unknown) => {
    throw new SteadyformerError(
      `${file}: not a readable safetensors file (${error instanceof Error ? error.message : String(error)})`,
    );
  });
  const config = metadata.config
    ? parse(metadata.config, `the config in the metadata of ${file}`)
    : await configBeside(file);
  return { parameters: tensors, ...(config ? { config } : {}) };
};

/** config.json beside a file. Undefined where there is none; what is there and no config is an error. */
const configBeside = async (file: string): Promise<FullConfig | undefined> => {
  const config = join(dirname(file), 'config.json');
  const there = await stat(config).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
  if (!there) return undefined;
  const read = await readConfig(config);
  // Another program's says nothing of ours: updates are compared without it.
  return isPretrainedConfig(read) ? undefined : read;
};

/** Reads a config as `fromConfig` takes it. */
export const readConfig = async (file: string): Promise<FullConfig> => parse(await readText(file), file);

const parse = (text: string, what: string): FullConfig => {
  const config = parseJson(text, what);
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config as FullConfig;
  throw new SteadyformerError(`${what}: no config; write one as JSON.stringify(model.config) does`);
};
