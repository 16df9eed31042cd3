// A residual method of one's own, and a residual MLP that takes it: npm run own-method -w examples/single-file
import {
  type BranchFactory,
  Linear,
  model,
  type ResidualMethod,
  randomStream,
  selectBackend,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

/** x' = LN(sqrt(i) x + f(x)): each residual of its stack leans more on what came before. */
const leaning: ResidualMethod = {
  name: 'leaning',
  options: {},
  plan: ({ index }) => ({
    residual: {
      after: 'layer',
      shortcutScale: { kind: 'constant', value: Math.sqrt(index + 1) },
      branchScale: { kind: 'one' },
    },
  }),
};

/** f(x) = relu(x W_1 + b_1) W_2 + b_2 */
const dense: BranchFactory =
  () =>
  ({ width, random }) => {
    const inner = new Linear({ inputs: width, outputs: width }, {}, random.fork('inner'));
    const outer = new Linear({ inputs: width, outputs: width }, {}, random.fork('outer'));
    return { inner, outer, call: (x) => outer.call(inner.call(x, 'relu')) };
  };

console.log((await selectBackend()).message);
const mlp = model({ width: 16, stacks: { body: { depth: 4, method: leaning, block: ['dense'] } } }, 1, {
  dense,
});
const x = tf.tensor3d(randomStream(2).normal(8 * 16), [1, 8, 16]); // rows as the tokens of one sentence
console.log(`rows [${x.shape}] to [${mlp.call({ body: x }).shape}]`);
for (const { path, subLayer } of mlp.stacks().body!.subLayers()) {
  const { shortcutScale } = subLayer.residual;
  console.log(
    `body.${path}  omega ${shortcutScale.kind === 'constant' ? shortcutScale.value.toFixed(2) : ''}`,
  );
}
