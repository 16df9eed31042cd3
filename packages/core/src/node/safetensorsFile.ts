import { readFile, rename, writeFile } from 'node:fs/promises';
import { decodeSafetensors, encodeSafetensors, type NamedArray, type SafetensorsFile } from '../safetensors';

/** Writes a safetensors file; the name appears only once the file is whole. */
export const writeSafetensors = async (
  path: string,
  tensors: Readonly<Record<string, NamedArray>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> => {
  const partial = `${path}.partial`;
  await writeFile(partial, encodeSafetensors(tensors, metadata));
  await rename(partial, path);
};

/** Reads a safetensors file of float32 arrays. Throws where it is missing or damaged. */
export const readSafetensors = async (path: string): Promise<SafetensorsFile> =>
  decodeSafetensors(new Uint8Array(await readFile(path)));
