import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { checkTexts, fields, text, whole } from '@steadyformer/core';
import type * as v from 'valibot';
import { errorCode } from '../../checks/node/errorCode';
import { needed, type SchemasOf, sha256Sum } from '../../checks/schemas';
import { inputError } from '../../text/inputError';

/** What tells whether a file is the one that it was. */
export interface FileFingerprint {
  /** As it was given. */
  readonly path: string;
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

export const fingerprint = (): v.GenericSchema<FileFingerprint> =>
  fields({
    path: needed(text()),
    bytes: needed(whole(0)),
    sha256: needed(sha256Sum()),
  } satisfies SchemasOf<FileFingerprint>);

const fingerprintOf = async (path: string): Promise<FileFingerprint> => {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
      hash.update(chunk as Uint8Array);
      bytes += (chunk as Uint8Array).length;
    }
  } catch (error) {
    throw inputError(path, undefined, `the file cannot be read (${errorCode(error)}). Check the path.`);
  }
  return { path, bytes, sha256: hash.digest('hex') };
};

/**
 * Size and SHA-256 of files, as they stand on the disk (what is packed stays packed), one after the other and in pieces.
 *
 * @throws SteadyformerError that names the first file that cannot be read
 */
export const fingerprintFiles = async (paths: readonly string[]): Promise<readonly FileFingerprint[]> => {
  const found: FileFingerprint[] = [];
  for (const path of checkTexts('fingerprintFiles() paths', paths)) found.push(await fingerprintOf(path));
  return found;
};
