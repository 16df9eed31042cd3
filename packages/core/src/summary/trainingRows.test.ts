import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/select';
import { languageModel } from '../models/languageModel';
import { completeP } from '../residual/methods/completeP';
import { lipschitz } from '../residual/methods/lipschitz';
import { preLN } from '../residual/methods/preLN';
import type { ResidualMethod } from '../residual/residual';
import { summary } from './summary';
import { summaryText } from './summaryText';

beforeAll(async () => {
  await selectBackend('cpu');
});

const textOf = async (method: ResidualMethod): Promise<string[]> => {
  const model = languageModel({ ...{ vocabulary: 11, padId: 1, width: 8, heads: 2, depth: 4 }, method });
  const text = summaryText(await summary(model)).split('\n');
  model.dispose();
  return text;
};

describe('what a summary says of training', () => {
  it('are the factors of a method, by stack and role', async () => {
    const text = await textOf(completeP({ baseDepth: 2, baseWidth: 4 }));
    expect(text.slice(text.indexOf('Trained as the methods say:') + 1)).toEqual([
      'completeP  decoder  embedding (1)  rate x 0.707, epsilon x 0.707, decay x 1.41',
      'completeP  decoder  matrix (16)    rate x 0.5, epsilon x 0.25, decay x 2',
      'completeP  decoder  bias (16)      epsilon x 0.25',
      'completeP  decoder  norm (16)      epsilon x 0.25',
      'completeP  decoder  norm (2)       epsilon x 0.5',
    ]);
    expect(
      text.filter((line) => line.includes('finalNorm')).map((line) => line.trim().split(/ {2,}/)),
    ).toEqual([['16', 'decoder.finalNorm', "x' = sqrt(4/D) LN(x)"]]);
  });

  it('are projections', async () => {
    const text = await textOf(lipschitz());
    expect(text.slice(-2)).toEqual([
      'lipschitz  decoder  embedding (1)  kept at rows of length <= 1',
      'lipschitz  decoder  matrix (16)    kept at singular values <= sqrt(outputs / inputs)',
    ]);
  });

  it('is nothing where methods say nothing', async () => {
    const model = languageModel({ ...{ vocabulary: 11, width: 8, heads: 2, depth: 1 }, method: preLN() });
    expect(await summary(model)).not.toHaveProperty('training');
    model.dispose();
  });
});
