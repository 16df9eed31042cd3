import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readProfile, writeProfile } from '../../node';
import type { Profile } from '../profileFormat';

const folder = mkdtempSync(join(tmpdir(), 'steadyformer-profile-'));
afterAll(() => rmSync(folder, { recursive: true }));

const made: Profile = {
  format: 'steadyformer-profile',
  version: 1,
  rule: 'reference',
  pads: 'masked',
  dropout: true,
  seed: 1,
  config: null,
  shapes: { encoder: [[4, 6, 16]] },
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
  ['damaged.json', JSON.stringify({ ...made, seed: 1 }).replace('selfAttention', 'self\0'), 'not UTF-8'],
  ['list.json', '[]', 'profile: received [], allowed an object of format, version'],
  [
    'other.json',
    JSON.stringify({ ...made, format: 'x' }),
    "profile.format: received 'x', allowed 'steadyformer-profile'",
  ],
])('says what is wrong with %s', async (name, text, why) => {
  const path = join(folder, name);
  // A byte that UTF-8 has not.
  if (text !== undefined) writeFileSync(path, Buffer.from(text.replace('\0', '\u00ff'), 'latin1'));
  await expect(readProfile(path)).rejects.toThrow(why);
});
