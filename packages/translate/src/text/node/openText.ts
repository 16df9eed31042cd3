import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { checkText } from '@steadyformer/core';
import { errorCode } from '../../checks/node/errorCode';
import { inputError } from '../inputError';
import type { NamedText } from '../namedText';

const describe = (code: string): string => {
  if (code === 'ENOENT') return 'no such file. Check the path.';
  if (code === 'EISDIR') return 'is a folder, a file is wanted.';
  if (code === 'EACCES') return 'may not be read. Check its permissions.';
  if (code.startsWith('Z_')) return 'the gzip data is damaged or cut off. Fetch the file again.';
  return `cannot be read (${code}).`;
};

async function* readBytes(path: string): AsyncGenerator<Uint8Array> {
  const file: ReadStream = createReadStream(path);
  try {
    const unzip = path.endsWith('.gz') ? createGunzip() : undefined;
    if (unzip) file.on('error', (error) => unzip.destroy(error));
    const chunks: AsyncIterable<Uint8Array> = unzip ? file.pipe(unzip) : file;
    for await (const chunk of chunks) yield chunk;
  } catch (error) {
    throw inputError(path, undefined, describe(errorCode(error)));
  } finally {
    file.destroy();
  }
}

/**
 * A text file as chunks of bytes, read as they are asked for; a name that ends in `.gz` is unpacked on the way.
 * It can be read more than once.
 *
 * @throws SteadyformerError where the file is missing, a folder or may not be read; and while reading, where its
 *   gzip data is damaged.
 */
export const openText = async (path: string): Promise<NamedText> => {
  checkText('openText() path', path);
  const found = await stat(path).catch((error: unknown) => {
    throw inputError(path, undefined, describe(errorCode(error)));
  });
  if (found.isDirectory()) throw inputError(path, undefined, describe('EISDIR'));
  return { name: path, content: { [Symbol.asyncIterator]: () => readBytes(path) } };
};
