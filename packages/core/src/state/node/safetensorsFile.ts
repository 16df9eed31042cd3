import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { checkOptions, SteadyformerError } from '../../checks/errors';
import type { NamedArray, SafetensorsFile } from '../safetensors';
import { replaceFile } from './atomicFile';
import { readFrom, writeTo } from './safetensorsStream';

/** A file as it was written. */
export interface WrittenFile {
  readonly bytes: number;
  /** SHA-256 of its bytes, in hexadecimal digits. */
  readonly sha256: string;
}

/** Options of `readSafetensors`. */
export interface ReadSafetensorsOptions {
  /** What the SHA-256 of the file must be, in hexadecimal digits. Default: not looked at. */
  readonly sha256?: string;
}

/**
 * Writes a safetensors file of any size, from the arrays' own memory. The name appears only once the file is whole and
 * on the disk; where something goes wrong nothing is left. Throws on what `encodeSafetensors` throws on.
 */
export const writeSafetensors = async (
  path: string,
  tensors: Readonly<Record<string, NamedArray>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<WrittenFile> => {
  const hash = createHash('sha256');
  try {
    const bytes = await replaceFile(path, (file) =>
      writeTo(file, tensors, metadata, (piece) => hash.update(piece)),
    );
    return { bytes, sha256: hash.digest('hex') };
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new SteadyformerError(`cannot write '${path}': ${error.message}`, { cause: error });
  }
};

/**
 * Reads a safetensors file of any size, each tensor straight into the memory it comes back in; types as of
 * `decodeSafetensors`. Throws where the file is missing or damaged, or has another checksum than it must.
 */
export const readSafetensors = async (
  path: string,
  options: ReadSafetensorsOptions = {},
): Promise<SafetensorsFile> => {
  checkOptions(options, ['sha256'], 'readSafetensors()');
  const { sha256 } = options;
  const file = await open(path, 'r').catch((error: Error) => {
    throw new SteadyformerError(`no safetensors file at '${path}': ${error.message}`, { cause: error });
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new SteadyformerError(`no safetensors file at '${path}': it is not a file`);
    const hash = sha256 === undefined ? undefined : createHash('sha256');
    const read = await readFrom(file, stat.size, (piece) => hash?.update(piece));
    const found = hash?.digest('hex');
    if (found !== sha256?.toLowerCase()) {
      throw new SteadyformerError(
        `'${path}' is damaged: its SHA-256 is ${found}, it should be ${sha256}; use another copy`,
      );
    }
    return read;
  } finally {
    await file.close();
  }
};
