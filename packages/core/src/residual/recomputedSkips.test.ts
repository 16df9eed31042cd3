import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { read } from '../../testing/numbers';
import { lossAndGradient } from '../autodiff/gradients';
import { selectBackend } from '../backend/select';
import { languageModel } from '../models/languageModel';
import { randomStream } from '../random/random';
import { admin } from './methods/admin';
import { attentionResiduals } from './methods/attentionResiduals';
import { b2t } from './methods/b2t';
import { hyperConnections } from './methods/hyperConnections';
import { preLN } from './methods/preLN';
import { valueResidual } from './methods/valueResidual';

beforeAll(async () => {
  await selectBackend('wasm');
});

const hyper = hyperConnections({ streams: 2 });
it.each([admin(), preLN(), b2t(), hyper, attentionResiduals(), valueResidual()])(
  'a branch skipped in the forward pass of $name is skipped when made again',
  (method) => {
    const model = languageModel({
      ...{ vocabulary: 11, width: 8, heads: 2, depth: 3, method },
      stochasticDepth: { rate: 0.5, rule: 'constant' },
      dropout: { residual: 0.1 },
      attentionPositions: { kind: 'relative', buckets: 4 },
      keyValueHeads: 1,
    });
    const ids = tf.tensor2d([2, 6, 5, 9], [1, 4], 'int32');
    for (const seed of [1, 2, 3]) {
      const run = (checkpointing: boolean) => {
        const { loss, gradient } = lossAndGradient(model.parameters(), () =>
          tf.sum(tf.square(model.call(ids, { training: true, random: randomStream(seed), checkpointing }))),
        );
        return [...read(loss), ...read(gradient)];
      };
      expect(run(true)).toEqual(run(false));
    }
  },
);
