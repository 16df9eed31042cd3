import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { noise, read } from '../../testing/numbers';
import { lossAndGradient } from '../autodiff/gradients';
import { FeedForward } from '../layers/feedForward';
import { Linear } from '../layers/linear';
import { randomStream } from '../random/random';
import type { Branch, BranchSite } from './branch';
import type { Place } from './place';
import { ONE, type Residual } from './residual';
import { SubLayer } from './subLayer';

// What a branch gives is of no use where it is computed again, unless something goes on from it.

const D = 4;
const place: Place = {
  ...{ stack: 'encoder', kind: 'mix', block: 0, index: 0, branches: 1, depth: 1 },
  ...{ causal: false, reads: {}, readBy: {}, endsBlock: true },
};

const plain = ({ random }: BranchSite): FeedForward => new FeedForward({ width: D, hidden: 8 }, random);

class Bent extends FeedForward {
  override call(...args: Parameters<FeedForward['call']>): tf.Tensor3D {
    return tf.tanh(super.call(...args));
  }
}

class Doubled extends Linear {
  override call<R extends tf.Rank>(x: tf.Tensor<R>): tf.Tensor<R> {
    return tf.square(super.call(x));
  }
}

const withDoubled = (site: BranchSite): Branch => {
  const branch = plain(site);
  const outer = new Doubled({ inputs: 8, outputs: D }, {}, site.random.fork('outer'));
  Object.defineProperty(branch, 'outer', { value: outer });
  return branch;
};

const cases: Readonly<Record<string, [branch: (site: BranchSite) => Branch, residual?: Partial<Residual>]>> =
  {
    'its own': [plain],
    'before a norm': [plain, { inside: 'layer' }],
    'with a norm before': [plain, { before: 'rms' }],
    'times a trained scale': [plain, { branchScale: { kind: 'vector', initial: 0.3 } }],
    'times a constant': [plain, { branchScale: { kind: 'constant', value: 0.3 } }],
    'of a class that goes on from it': [({ random }) => new Bent({ width: D, hidden: 8 }, random)],
    'of a linear map with a call of its own': [withDoubled],
    'within a branch that goes on from it': [
      (site) => {
        const inner = plain(site);
        return Object.assign(inner, {
          call: (...args: Parameters<FeedForward['call']>) =>
            tf.exp(FeedForward.prototype.call.apply(inner, args)),
        });
      },
    ],
  };

onBackends(() => {
  it.each(Object.entries(cases))(
    'has the gradient of the plain pass, to the bit: %s',
    (_name, [branch, own = {}]) => {
      const residual: Residual = { shortcutScale: ONE, branchScale: ONE, after: 'layer', ...own };
      const site: BranchSite = { place, width: D, plan: { residual }, random: randomStream(1) };
      const subLayer = new SubLayer(site, { branch, dropout: 0.2 });
      const parameters = subLayer.parameters();
      const x = tf.tensor3d(noise(6 * D, 2), [2, 3, D]);
      const run = (checkpointing: boolean): number[] => {
        const { loss, gradient } = lossAndGradient(parameters, () => {
          const context = { training: true, random: randomStream(5), checkpointing };
          return tf.sum(tf.sin(subLayer.call(subLayer.call(x, context), context)));
        });
        const numbers = [...read(loss), ...read(gradient)];
        tf.dispose([loss, gradient]);
        return numbers;
      };
      const before = tf.memory().numTensors;
      expect(run(true)).toEqual(run(false));
      expect(tf.memory().numTensors).toBe(before);
      x.dispose();
      for (const { parameter } of parameters) parameter.dispose();
    },
  );

  it('computes all products of a feed-forward again but the last', async () => {
    const site: BranchSite = {
      ...{ place, width: D, random: randomStream(1) },
      plan: { residual: { shortcutScale: ONE, branchScale: ONE, after: 'layer' } },
    };
    const subLayer = new SubLayer(site, { branch: plain });
    const x = tf.tensor3d(noise(6 * D, 2), [2, 3, D]);
    const products = async (checkpointing: boolean): Promise<number> => {
      const { kernels } = await tf.profile(() => {
        const loss = (): tf.Scalar => tf.sum(subLayer.call(x, { checkpointing }));
        tf.dispose({ ...lossAndGradient(subLayer.parameters(), loss) });
        return [];
      });
      return (kernels as unknown as { name: string }[]).filter(({ name }) => name === 'BatchMatMul').length;
    };
    expect((await products(true)) - (await products(false))).toBe(1);
    x.dispose();
    for (const { parameter } of subLayer.parameters()) parameter.dispose();
  });
});
