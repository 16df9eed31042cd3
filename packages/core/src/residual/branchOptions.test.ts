import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { read } from '../../testing/numbers';
import { placeAt } from '../../testing/places';
import { selectBackend } from '../backend/select';
import { encoder } from '../models/encoder';
import { fromConfig } from '../models/fromConfig';
import { withBranchOptions } from './branchOptions';
import { admin } from './methods/admin';
import { normFormer } from './methods/normFormer';
import { preLN } from './methods/preLN';

beforeAll(async () => {
  await selectBackend('cpu');
});

const sizes = { vocabulary: 11, width: 8, heads: 2, depth: 2 };

describe('withBranchOptions', () => {
  it('adds to what the method says of the branches of a kind', () => {
    const method = withBranchOptions(normFormer(), { selfAttention: { queryKeyNorm: 'rms' } });
    const at = placeAt({ kind: 'selfAttention' });
    expect(method.plan(at)).toEqual({
      ...normFormer().plan(at),
      branchOptions: { headScale: true, queryKeyNorm: 'rms' },
    });
    const other = placeAt({ kind: 'feedForward' });
    expect(method.plan(other)).toEqual(normFormer().plan(other));
  });

  it('is kept by a config, and comes back from it', () => {
    const once = withBranchOptions(preLN(), { selfAttention: { queryKeyNorm: 'rms', logitCap: 20 } });
    const method = withBranchOptions(once, { selfAttention: { logitCap: 30 }, feedForward: {} });
    const model = encoder({ ...sizes, method }, 3);
    const { config } = model;
    expect(config.encoder.method).toEqual({
      name: 'preLN',
      options: {},
      branches: { selfAttention: { queryKeyNorm: 'rms', logitCap: 30 }, feedForward: {} },
    });
    const again = fromConfig(JSON.parse(JSON.stringify(config)) as typeof config, { seed: 3 });
    const ids = tf.tensor2d([3, 4, 5], [1, 3], 'int32');
    expect(read(again.call(ids))).toEqual(read(model.call(ids)));
    expect(again.parameters().map(({ path }) => path)).toContain(
      'encoder.layers.1.selfAttention.branch.queryNorm.gain',
    );
    expect(again.stacks().encoder!.method.branches).toEqual(method.branches);
    model.dispose();
    again.dispose();
  });

  it('leaves nothing in the config of a method without', () => {
    const model = encoder({ ...sizes, method: admin() });
    expect(Object.keys(model.config.encoder.method)).toEqual(['name', 'options']);
    model.dispose();
  });

  it('refuses what is no record, and what a branch does not know', () => {
    expect(() => withBranchOptions(preLN(), 'rms' as never)).toThrow("withBranchOptions(): received 'rms'");
    expect(() => withBranchOptions(preLN(), { selfAttention: 'rms' } as never)).toThrow(
      "withBranchOptions() selfAttention: received 'rms', allowed an object of options",
    );
    const method = withBranchOptions(preLN(), { selfAttention: { queryKeyNrom: 'rms' } });
    expect(() => encoder({ ...sizes, method })).toThrow(
      "branchOptions of encoder selfAttention: unknown option 'queryKeyNrom', did you mean 'queryKeyNorm'?",
    );
    const config = { name: 'preLN', branches: { selfAttention: 3 } };
    expect(() =>
      fromConfig({
        ...encoder({ ...sizes, method: preLN() }).config,
        encoder: { depth: 1, method: config },
      } as never),
    ).toThrow('selfAttention: received 3');
  });
});
