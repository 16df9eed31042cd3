// The output change of theorem 2 on TensorFlow, up to N = 100 residual branches. Argument: JSON of {width, seeds}.

import { adminInit } from '@steadyformer/admin-init';
import { outputChange } from '@steadyformer/analysis';
import { admin, encoder, postLN, preLN } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { useBackend } from './backend';
import { uniform } from './task';

const DEPTHS = [2, 10, 20, 50, 100];
const { width, seeds } = JSON.parse(process.argv[2]!) as { readonly width: number; readonly seeds: number[] };
const [vocabulary, rows, time] = [100, 2, 12];
const next = uniform(3);
const ids = tf.tensor2d(
  Array.from({ length: rows * time }, () => 4 + Math.floor(next() * (vocabulary - 4))),
  [rows, time],
  'int32',
);
const { device } = await useBackend('tensorflow', true);

/** D_N at each depth. */
const changes = async (method: ReturnType<typeof postLN>): Promise<number[]> => {
  const model = encoder({
    vocabulary,
    width,
    heads: 2,
    feedForward: 4 * width,
    depth: DEPTHS.at(-1)! / 2,
    method,
    padId: 0,
  });
  if (method.name === 'admin') await adminInit(model, [ids]);
  const [measured] = Object.values(await outputChange(model, ids, { depths: DEPTHS, seeds }));
  return DEPTHS.map((depth) => measured!.find((each) => each.depth === depth)!.change.mean);
};

const found = {
  'post-LN': await changes(postLN()),
  'pre-LN': await changes(preLN()),
  admin: await changes(admin()),
};
console.log(JSON.stringify({ device, depths: DEPTHS, changes: found }));
