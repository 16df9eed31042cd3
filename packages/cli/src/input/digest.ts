import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { checkRegular } from './readText';

/** SHA-256 of a file, or of the weights in a checkpoint folder. */
export const digest = async (path: string): Promise<string> => {
  const file = (await stat(path)).isDirectory() ? join(path, 'model.safetensors') : path;
  await checkRegular(file);
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
};
