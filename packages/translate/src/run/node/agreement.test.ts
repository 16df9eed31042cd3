import { expect, it } from 'vitest';
import { ranksTogether } from '../../../testing/ranksTogether';
import type { Settings } from '../../settings/settings';
import { checkAgreement, factsOf } from './agreement';

const facts = factsOf({
  config: { seed: 3, data: { train: 'a.txt' } } as never,
  data: [{ path: 'a.txt', bytes: 7, sha256: 'ab' }],
  backend: 'cpu',
});

const compared = (own: readonly Settings[]): Promise<(string | undefined)[]> =>
  Promise.all(
    ranksTogether(own.length).map((ranks, i) =>
      checkAgreement(ranks, own[i]!).then(
        () => undefined,
        (error: Error) => error.message,
      ),
    ),
  );

it('says what a process is', () => {
  expect(facts).toMatchObject({ endianness: 'LE', backend: 'cpu', checkpoint: 'none' });
  expect(facts.data).toEqual({ 'a.txt': '7 bytes, SHA-256 ab' });
  expect(facts.versions).toMatchObject({ tfjs: '4.22.0', '@steadyformer/core': expect.any(String) });
});

it.each<readonly [string, Settings, string]>([
  ['config', { config: { seed: 4, data: { train: 'a.txt' } } }, 'config.seed: 4, and rank 0 has 3'],
  ['data', { data: { 'a.txt': 'other' } }, "data.a.txt: 'other', and rank 0 has '7 bytes, SHA-256 ab'"],
  ['byte order', { endianness: 'BE' }, "endianness: 'BE', and rank 0 has 'LE'"],
  ['version', { versions: { tfjs: '4.0.0' } }, "versions.tfjs: '4.0.0', and rank 0 has '4.22.0'"],
  ['backend', { backend: 'wasm' }, "backend: 'wasm', and rank 0 has 'cpu'"],
  ['checkpoint', { checkpoint: 'update 8' }, "checkpoint: 'update 8', and rank 0 has 'none'"],
])('a rank with another %s is named on all ranks', async (_, changed, message) => {
  expect(await compared([facts, facts, facts])).toEqual([undefined, undefined, undefined]);
  const told = await compared([facts, facts, { ...facts, ...changed }]);
  expect(told[0]).toContain(`rank 2 differs from rank 0 in ${message}. Start all ranks with one config`);
  expect(new Set(told).size).toBe(1);
});
