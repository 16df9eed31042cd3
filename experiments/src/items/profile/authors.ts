import { readFile } from 'node:fs/promises';
import * as v from 'valibot';

const AUTHORS = new URL(
  '../../../../packages/analysis/src/fixtures/authors-encoder-omega.json',
  import.meta.url,
);

/** The 200 encoder values of the profile that the authors published; where from is said beside the file. */
export const authorsOmega = async (): Promise<readonly number[]> =>
  v.parse(v.array(v.number()), JSON.parse(await readFile(AUTHORS, 'utf8')));
