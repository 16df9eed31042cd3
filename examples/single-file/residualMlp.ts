// A residual network that is no Transformer: branches Linear, relu, Linear on rows of numbers. Does it amplify changes
// of its weights with depth? npm run residual-mlp -w examples/single-file [-- FILE.svg]
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { adminInit, needsProfile } from '@steadyformer/admin-init';
import {
  type DepthCheck,
  depthCheck,
  measureBranches,
  outputChangeFigure,
  predict,
} from '@steadyformer/analysis';
import {
  admin,
  type BranchSite,
  type Context,
  Linear,
  Module,
  postLN,
  preLN,
  type ResidualMethod,
  randomStream,
  Stack,
  type Stacked,
  scope,
  selectBackend,
  subLayer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { toSvg } from 'steadyformer';

const [ROWS, WIDTH] = [64, 128];

/** f(x) = relu(x W_1 + b_1) W_2 + b_2 */
const dense = ({ width, random }: BranchSite) => {
  const inner = new Linear({ inputs: width, outputs: width }, {}, random.fork('inner'));
  const outer = new Linear({ inputs: width, outputs: width }, {}, random.fork('outer'));
  return { inner, outer, call: (x: tf.Tensor3D) => outer.call(inner.call(x, 'relu')) };
};

class ResidualMlp extends Module implements Stacked<tf.Tensor3D> {
  readonly body: Stack;

  constructor(method: ResidualMethod, depth: number, seed: number) {
    super();
    const block = [subLayer('dense', dense)];
    this.body = new Stack({ name: 'encoder', width: WIDTH, depth, block, method }, randomStream(seed));
  }

  stacks(): Readonly<Record<string, Stack>> {
    return { body: this.body };
  }

  /** Rows as the tokens of one sentence: [1, rows, D] to [1, rows, D] */
  call(x: tf.Tensor3D, context: Context = {}): tf.Tensor3D {
    return this.body.call(x, scope(context, 'body'));
  }
}

/** A network of some depth and rows for it; with Admin, omega is set from a profile first. */
const build = (method: ResidualMethod) => async (depth: number, seed: number) => {
  const model = new ResidualMlp(method, depth, seed);
  const batch = tf.tensor3d(
    randomStream(seed)
      .fork('rows')
      .normal(ROWS * WIDTH),
    [1, ROWS, WIDTH],
  );
  if (needsProfile(model)) await adminInit(model, [batch]);
  return { model, batch };
};

console.log((await selectBackend()).message);
const depths = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
// Single narrow networks scatter, so the law is that of the mean of several.
const options = { seeds: [1, 2, 3, 4, 5, 6], change: { kind: 'gaussian', ratio: 0.01 } } as const;
const checks: Record<string, DepthCheck> = {};
for (const [name, method] of Object.entries({ 'Post-LN': postLN(), 'Pre-LN': preLN(), Admin: admin() })) {
  // Predicted, from the records and the branches' variances in one network.
  const { model, batch } = await build(method)(64, 1);
  const { body: predicted } = await predict(model, await measureBranches(model, batch));
  model.dispose();
  batch.dispose();
  // Measured: weights move by 1 % of their size; outputs before and after, at every depth.
  const check = await depthCheck(build(method), depths, options);
  checks[name] = check;
  const [best] = check.fit.fits;
  console.log(`${name}: predicted ${predicted!.growth!.notation}, measured ${check.verdict.notation}`);
  console.log(
    `  beta_ii ${predicted!.diagonal
      .filter((_, i) => i % 8 === 0)
      .map((beta) => beta.toFixed(2))
      .join(' ')}`,
  );
  console.log(`  best law ${best!.formula}, R2 ${best!.r2.toFixed(4)}`);
  console.log(`  ${check.verdict.text}`);
}

const [, , name] = process.argv;
if (name) {
  const file = resolve(process.env.INIT_CWD ?? '', name); // npm runs a program in its own folder, not in the caller's
  await writeFile(
    file,
    await toSvg(outputChangeFigure(checks, { title: 'Output change of a residual MLP' })),
  );
  console.log(`the picture is in ${file}`);
}
