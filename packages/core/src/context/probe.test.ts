import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { layerNormFormula } from '../../testing/formulas';
import { maxError, read } from '../../testing/numbers';
import { transformer } from '../models/transformer';
import { MASKED } from '../ops/attention';
import { randomStream } from '../random/random';
import { admin } from '../residual/methods/admin';
import { preLN } from '../residual/methods/preLN';
import type { AttentionEvent, JoinEvent, Probe } from './context';

const model = (method = admin()) =>
  transformer(
    { vocabulary: 9, padId: 1, width: 8, heads: 2, depth: 2, method, dropout: { residual: 0.1 } },
    4,
  );
const batch = () => ({
  source: tf.tensor2d([3, 4, 2, 5, 2, 1], [2, 3], 'int32'),
  target: tf.tensor2d([2, 6, 2, 7], [2, 2], 'int32'),
});
const training = (probe?: Probe) => ({
  training: true,
  random: randomStream(1),
  ...(probe ? { probe } : {}),
});

const PATHS = [
  ...[0, 1].flatMap((b) => [`encoder.layers.${b}.selfAttention`, `encoder.layers.${b}.feedForward`]),
  ...[0, 1].flatMap((b) =>
    ['selfAttention', 'crossAttention', 'feedForward'].map((kind) => `decoder.layers.${b}.${kind}`),
  ),
];

interface Seen {
  readonly path: string;
  readonly kind: string;
  readonly shortcut: number[];
  readonly branch: number[];
  readonly sum: number[];
  readonly output: number[];
}

const recorder = (seen: Seen[]): Probe => ({
  join: ({ path, place, ...tensors }: JoinEvent) => {
    seen.push({
      path,
      kind: place.kind,
      shortcut: read(tensors.shortcut),
      branch: read(tensors.branch),
      sum: read(tensors.sum),
      output: read(tensors.output),
    });
  },
});

onBackends(() => {
  describe('a probe', () => {
    it('sees every residual in forward order, and does not change the numbers', () => {
      const net = model();
      const input = batch();
      const seen: Seen[] = [];
      const [bare, probed] = [net.call(input, training()), net.call(input, training(recorder(seen)))];
      expect(seen.map(({ path }) => path)).toEqual(PATHS);
      expect(seen.every(({ path, kind }) => path.endsWith(kind))).toBe(true);
      expect(read(probed)).toEqual(read(bare));
      tf.dispose([input.source, input.target, bare, probed]);
      net.dispose();
    });

    it('sees what each sub-layer was called with', () => {
      const net = model();
      const input = batch();
      const seen: string[] = [];
      const join = ({ path, place, context }: JoinEvent): void => {
        expect(context.path).toBe(path);
        expect(context.memory?.shape).toEqual(place.stack === 'decoder' ? [2, 3, 8] : undefined);
        seen.push(path);
      };
      tf.dispose(net.call(input, training({ join })));
      expect(seen).toEqual(PATHS);
      tf.dispose([input.source, input.target]);
      net.dispose();
    });

    it('sees which tokens are real, and scores whose softmax the weights are', () => {
      const net = model();
      const input = batch();
      const seen: string[] = [];
      const attention = ({ path, context, scores, weights }: AttentionEvent): void => {
        const decoder = path.startsWith('decoder');
        expect(read(context.realTokens!)).toEqual(decoder ? [1, 1, 1, 1] : [1, 1, 1, 1, 1, 0]);
        expect(maxError(read(tf.softmax(scores)), read(weights))).toBeLessThan(1e-6);
        // The pad of the second source is a hidden key, in every head and for every query.
        const least = read(tf.min(scores, [1, 2, 3]));
        if (scores.shape[3] === 3) expect(least.map((score) => score <= MASKED / 2)).toEqual([false, true]);
        seen.push(path);
      };
      const kept = leftovers(() => net.call(input, training({ attention })));
      expect(kept).toBe(0);
      expect(seen).toEqual(PATHS.filter((path) => path.endsWith('Attention')));
      tf.dispose([input.source, input.target]);
      net.dispose();
    });

    it('sees sum = omega * shortcut + branch, output = LN(sum), and each output as the next shortcut', () => {
      const net = model();
      const omega = 1.5;
      for (const { path, parameter } of net.parameters()) {
        if (path.endsWith('omega')) parameter.assign(tf.fill([8], omega));
      }
      const input = batch();
      const seen: Seen[] = [];
      tf.dispose(net.call(input, training(recorder(seen))));
      for (const [i, { shortcut, branch, sum, output, path }] of seen.entries()) {
        const expected = shortcut.map((value, at) => omega * value + branch[at]!);
        expect(maxError(sum, expected), path).toBeLessThan(1e-6);
        const normed = layerNormFormula(sum, new Array(8).fill(1), new Array(8).fill(0), 1e-5);
        expect(maxError(output, normed), path).toBeLessThan(1e-5);
        const next = seen[i + 1];
        if (next?.path.startsWith(path.slice(0, 7))) expect(next.shortcut).toEqual(output);
      }
      tf.dispose([input.source, input.target]);
      net.dispose();
    });

    it('sees the scaled branch of a pre-norm residual, whose output is the sum', () => {
      const net = model(preLN());
      const input = batch();
      const seen: Seen[] = [];
      tf.dispose(net.call(input, training(recorder(seen))));
      for (const { sum, output } of seen) expect(output).toEqual(sum);
      tf.dispose([input.source, input.target]);
      net.dispose();
    });

    it.each(['scalar', 'vector'])('may set the shortcut scale of one call (%s)', (shape) => {
      const net = model();
      const input = batch();
      const scale = shape === 'scalar' ? tf.scalar(2.5) : tf.fill([8], 2.5);
      const shown: number[] = [];
      const overridden = net.call(
        input,
        training({
          branch: ({ path }) => (path.endsWith('feedForward') ? { shortcutScale: scale } : undefined),
          join: ({ path, sum, shortcut, branch }) => {
            if (!path.endsWith('feedForward')) return;
            const omega = tf.tidy(() =>
              tf.div(tf.sum(tf.mul(shortcut, tf.sub(sum, branch))), tf.sum(tf.square(shortcut))),
            );
            shown.push(read(omega)[0]!);
            omega.dispose();
          },
        }),
      );
      const before = net.call(input, training());
      for (const { path, parameter } of net.parameters()) {
        if (path.endsWith('feedForward.omega')) parameter.assign(tf.fill([8], 2.5));
      }
      const expected = net.call(input, training());
      expect(maxError(read(overridden), read(expected))).toBeLessThan(1e-6);
      expect(maxError(read(before), read(expected))).toBeGreaterThan(1e-3);
      expect(maxError(shown, [2.5, 2.5, 2.5, 2.5])).toBeLessThan(1e-5);
      tf.dispose([input.source, input.target, scale, overridden, before, expected]);
      net.dispose();
    });

    it('costs no kernel where it is absent or asks for nothing, and no tensor where it watches', async () => {
      const net = model();
      const input = batch();
      const kernels = async (probe?: Probe): Promise<number> => {
        const { kernels: run } = await tf.profile(() => tf.tidy(() => net.call(input, training(probe))));
        return run.length;
      };
      const bare = await kernels();
      expect(await kernels({})).toBe(bare);
      expect(await kernels({ branch: () => undefined })).toBe(bare);
      expect(leftovers(() => net.call(input, training({ join: () => {}, branch: () => undefined })))).toBe(0);
      tf.dispose([input.source, input.target]);
      net.dispose();
    });

    it('leaves a branch out where it says so: the stream goes by its shortcut', () => {
      const net = model(preLN());
      const input = batch();
      const seen: Seen[] = [];
      const left = PATHS[2]!;
      const probe = { ...recorder(seen), leavesOut: (path: string) => path === left };
      const y = net.call(input, { probe });
      expect(seen.map(({ path }) => path)).toEqual(PATHS.filter((path) => path !== left));
      const before = seen.find(({ path }) => path === PATHS[1])!;
      const after = seen.find(({ path }) => path === PATHS[3])!;
      expect(after.shortcut).toEqual(before.output);
      tf.dispose([y, input as unknown as tf.TensorContainer]);
      net.dispose();
    });
  });
});
