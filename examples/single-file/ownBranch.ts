// A branch of one's own that states its moments, so that theory predicts it as it does core's own: predicted from the
// sizes of its weights alone, and measured. npm run own-branch -w examples/single-file
import { measureBranches, outputChange, predict, zipfTokens } from '@steadyformer/analysis';
import { type BranchFactory, encoder, Linear, preLN, selectBackend } from '@steadyformer/core';

/** f(x) = relu(x W_1) W_2 */
const dense: BranchFactory =
  () =>
  ({ width, random }) => {
    const inner = new Linear({ inputs: width, outputs: width }, {}, random.fork('inner'));
    const outer = new Linear({ inputs: width, outputs: width }, {}, random.fork('outer'));
    return {
      inner,
      outer,
      call: (x) => outer.call(inner.call(x, 'relu')),
      // x W sums `width` products, and relu lets half of its power through, and half of a gradient's. Of two tokens that
      // are alike to the cosine c it passes (sqrt(1 - c^2) + c (pi - arccos c)) / pi (Cho and Saul 2009, eq. 6).
      moments: ({ power, covariance, weights }) => {
        const gain = (width * weights['inner.weight']! * weights['outer.weight']!) ** 2 / 2;
        const c = Math.min(1, covariance / power);
        const alike = (Math.sqrt(1 - c * c) + c * (Math.PI - Math.acos(c))) / Math.PI;
        return { power: gain * power, covariance: gain * power * alike, gradientGain: gain };
      },
    };
  };

console.log((await selectBackend()).message);
const block = ['selfAttention', { name: 'mine', module: 'dense' }];
const model = encoder({ vocabulary: 100, width: 64, heads: 4, depth: 6, method: preLN(), block }, 1, {
  dense,
});
const batch = zipfTokens({ sentences: 8, length: 16, vocabulary: 100 });
const perturbation = { kind: 'gaussian', ratio: 1e-3 } as const;

const { input, tokens, variances } = await measureBranches(model, batch);
const { encoder: predicted } = await predict(model, { input, tokens, perturbation }); // no branch's variance is given
for (const { path, variance } of predicted!.branches.filter(({ path }) => path.endsWith('mine'))) {
  console.log(`${path}  Var[f] predicted ${variance.toFixed(3)}, measured ${variances[path]!.toFixed(3)}`);
}
const measured = await outputChange(model, batch, { change: perturbation, seeds: [1, 2, 3, 4] });
const [theory, practice] = [predicted!.outputChange.at(-1)!.change, measured.encoder!.at(-1)!.change.mean];
console.log(`output change predicted ${theory.toExponential(2)}, measured ${practice.toExponential(2)}`);
