import { readFile } from 'node:fs/promises';
import { decodeSafetensors, encodeSafetensors, type NamedArray, type SafetensorsFile } from '../safetensors';
import { writeFileAtomic } from './atomicFile';

/** Writes a safetensors file; the name appears only once the file is whole. */
export const writeSafetensors = async (
  path: string,
  tensors: Readonly<Record<string, NamedArray>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> => writeFileAtomic(path, encodeSafetensors(tensors, metadata));

/** Reads a safetensors file of float32 arrays. Throws where it is missing or damaged. */
export const readSafetensors = async (path: string): Promise<SafetensorsFile> =>
  decodeSafetensors(new Uint8Array(await readFile(path)));
