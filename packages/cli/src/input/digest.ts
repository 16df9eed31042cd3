import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { checkRegular } from './readText';

/** SHA-256 of a file, or of the weights in a checkpoint folder: of all their parts, one after another. */
export const digest = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  for (const file of (await stat(path)).isDirectory() ? await weightsIn(path) : [path]) {
    await checkRegular(file);
    await pipeline(createReadStream(file), hash, { end: false });
  }
  return hash.digest('hex');
};

const weightsIn = async (folder: string): Promise<string[]> => {
  const parts = (await readdir(folder)).filter((name) => /^model-\d+-of-\d+\.safetensors$/.test(name));
  return (parts.length > 0 ? parts.sort() : ['model.safetensors']).map((name) => join(folder, name));
};
