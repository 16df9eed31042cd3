import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { selectBackend } from '../backend/select';
import { encoder } from '../models/encoder';
import { valueResidual } from '../residual/methods/valueResidual';
import type { Parameter } from '../state/module';
import { summary } from './summary';

beforeAll(async () => {
  await selectBackend('cpu');
});

it('says which values are handed on, and what becomes of them', async () => {
  const model = encoder({ vocabulary: 11, padId: 1, width: 8, heads: 2, depth: 2, method: valueResidual() });
  const { mix } = model.encoder.at('layers.1.selfAttention.branch.valueMix') as unknown as {
    mix: Parameter;
  };
  mix.assign(tf.tensor1d([0.9, 0.2]));
  const { rows } = await summary(model);
  const lines = rows.map(({ path, formula, notes }) => `${path}  ${[formula, ...notes].join(', ')}`);
  expect(lines.slice(1, 4)).toEqual([
    "encoder.layers.0.selfAttention  x1' = x1 + f(RMSNorm(x1)), x2' = values(RMSNorm(x1))",
    "encoder.layers.0.feedForward  x1' = x1 + f(RMSNorm(x1)), x2' = x2",
    "encoder.layers.1.selfAttention  x1' = x1 + f(RMSNorm(x1), x2), x2' = x2, values 0.9 v + 0.2 v_1",
  ]);
  model.dispose();
});
