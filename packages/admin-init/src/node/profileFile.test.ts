import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Profile } from '../profile';
import { readProfile, writeProfile } from '.';

const folder = mkdtempSync(join(tmpdir(), 'steadyformer-profile-'));
afterAll(() => rmSync(folder, { recursive: true }));

const made: Profile = {
  format: 'steadyformer-profile',
  version: 1,
  rule: 'reference',
  pads: 'masked',
  dropout: true,
  seed: 1,
  tokens: { encoder: [20] },
  stacks: {
    encoder: [
      {
        path: 'encoder.layers.0.selfAttention',
        branchVariance: 0.2,
        branchVarianceError: null,
        inputVariance: 1.4,
        omega: 1,
      },
    ],
  },
};

it('reads what it wrote', async () => {
  const path = join(folder, 'profile.json');
  await writeProfile(path, made);
  expect(await readProfile(path)).toEqual(made);
});

it.each([
  ['none.json', undefined, 'ENOENT'],
  ['text.init', '1 1.0\n2 1.3\n', 'parseProfile'],
  ['other.json', '{"format":"x","version":2}', "format 'x' version 2"],
])('says what is wrong with %s', async (name, text, why) => {
  const path = join(folder, name);
  if (text !== undefined) writeFileSync(path, text);
  await expect(readProfile(path)).rejects.toThrow(why);
});
