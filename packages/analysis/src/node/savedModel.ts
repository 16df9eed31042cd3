import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FullConfig, type StateDict, SteadyformerError } from '@steadyformer/core';
import { readSafetensors } from '@steadyformer/core/node';

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
    : await readConfig(join(dirname(file), 'config.json')).catch(() => undefined);
  return { parameters: tensors, ...(config ? { config } : {}) };
};

/** Reads a config as `fromConfig` takes it. */
export const readConfig = async (file: string): Promise<FullConfig> => {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new SteadyformerError(`${file}: the file cannot be read`);
  });
  return parse(text, file);
};

const parse = (text: string, what: string): FullConfig => {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (error) {
    throw new SteadyformerError(
      `${what}: not JSON (${error instanceof Error ? error.message : String(error)})`,
    );
  }
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config as FullConfig;
  throw new SteadyformerError(`${what}: no config; write one as JSON.stringify(model.config) does`);
};
