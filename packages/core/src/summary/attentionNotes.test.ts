import { beforeAll, expect, it } from 'vitest';
import { selectBackend } from '../backend/select';
import type { AttentionBranchOptions } from '../layers/attention';
import { unitNorm } from '../layers/normsWithoutGain';
import { encoder } from '../models/encoder';
import { preLN } from '../residual/methods/preLN';
import type { ResidualMethod } from '../residual/residual';
import { initialWeights } from './initialWeights';
import { summary } from './summary';

const sizes = { vocabulary: 11, padId: 1, width: 8, heads: 2, feedForward: 16 };

beforeAll(async () => {
  await selectBackend('cpu');
});

it('says what attention does with queries, keys, values and scores', async () => {
  const notesOf = async (branchOptions: AttentionBranchOptions): Promise<readonly string[]> => {
    const plan: ResidualMethod['plan'] = (place) => ({
      ...preLN().plan(place),
      ...(place.kind === 'selfAttention' ? { branchOptions: { ...branchOptions } } : {}),
    });
    const model = encoder({ ...sizes, depth: 1, method: { ...preLN(), plan } });
    const { rows } = await summary(model);
    const { notes } = rows.find(({ path }) => path === 'encoder.layers.0.selfAttention')!;
    const norms = initialWeights(model).filter(
      ({ path }) => path.endsWith('Norm.gain') && path.includes('branch'),
    );
    expect(norms.every(({ by }) => by === 'preLN')).toBe(true);
    model.dispose();
    return notes;
  };
  expect(await notesOf({ queryKeyNorm: 'rms' })).toEqual(['scores 0.5 RMSNorm(q) . RMSNorm(k)']);
  expect(await notesOf({ logitCap: 30, scale: { power: -1 } })).toEqual(['scores 30 tanh(0.25 q . k / 30)']);
  expect(await notesOf({ innerNorm: 'layer', valueNorm: 'rms' })).toEqual([
    'f(x) = W_O LN(heads(x))',
    'values RMSNorm(v)',
  ]);
  expect(await notesOf({ queryKeyNorm: unitNorm(), scale: 2 })).toEqual(['scores 2 unit(q) . unit(k)']);
});
