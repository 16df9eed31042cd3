import {
  check,
  checkOneOf,
  checkOptions,
  type JoinEvent,
  type Probe,
  type Stacked,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { Loss } from './outputChange';
import { measuredSite, notFinite, type ResidualSite, residualsOf } from './residuals';
import { realTokens } from './tokens';

/** What one layer does to the stream, and what the model is without it. */
export interface LayerEffectiveness {
  /** Of a sub-layer, or of a block: `decoder.layers.3`. */
  readonly path: string;
  /** i: its number in the stack, from 1. */
  readonly depth: number;
  /** Angle between a token's stream before and behind the layer, over pi, mean over real tokens: in [0, 1]. */
  readonly angle: number;
  /** 1 - cosine of that angle, mean over real tokens: block influence. */
  readonly influence: number;
  /**
   * |y' - y| / |y| of what the model gives, without its branches (y') and with them (y): L2 norms over the real tokens of
   * the last stack.
   */
  readonly outputChange: number;
  /** The loss without it, less the loss with it, where a loss is given. */
  readonly lossChange?: number;
}

/** Options of `layerEffectiveness`. */
export interface LayerEffectivenessOptions<Batch> {
  /** What counts as a layer. Default 'subLayer', a residual branch; a block is all of its branches together. */
  readonly level?: 'subLayer' | 'block';
  /** Default none. */
  readonly loss?: Loss<Batch>;
  /** Called once a layer has been left out. */
  readonly onLayer?: (done: number, total: number) => void;
}

/** A layer that may be left out, and its sub-layers. */
interface Layer {
  readonly path: string;
  readonly stackPath: string;
  readonly depth: number;
  readonly members: readonly string[];
}

const layersOf = (sites: ReadonlyMap<string, ResidualSite>, level: 'subLayer' | 'block'): Layer[] => {
  if (level === 'subLayer') {
    return [...sites.values()].map(({ path, stackPath, depth }) => ({
      path,
      stackPath,
      depth,
      members: [path],
    }));
  }
  const blocks = new Map<string, ResidualSite[]>();
  for (const site of sites.values()) {
    const path = `${site.stackPath}.layers.${site.subLayer.place.block}`;
    blocks.set(path, [...(blocks.get(path) ?? []), site]);
  }
  return [...blocks].map(([path, members]) => ({
    path,
    stackPath: members[0]!.stackPath,
    depth: members[0]!.subLayer.place.block + 1,
    members: members.map((member) => member.path),
  }));
};

/** Every token's vector over its length. x [B, T, D] */
const unit = (x: tf.Tensor3D): tf.Tensor3D =>
  tf.tidy(() => tf.mul(x, tf.rsqrt(tf.maximum(tf.sum(tf.square(x), 2, true), 1e-30))));

/**
 * How much each layer of a model does: the angle by which it turns the stream (Gromov et al. 2024, eq. 2), its influence
 * (ShortGPT, Men et al. 2024, eq. 1), and the change of the model's output, and loss, where it is left out: nothing is then
 * added to its shortcut, whose scale and norm stay. Layers that do little may be pruned; that the deep ones of a Pre-LN
 * model do little is the curse of depth. Dropout is off. One forward pass a layer, two with a loss.
 *
 * @returns by stack path, in forward order
 * @throws SteadyformerError on a model without residuals, unknown options, and measurements that are not finite
 */
export const layerEffectiveness = async <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
  options: LayerEffectivenessOptions<Batch> = {},
): Promise<Readonly<Record<string, readonly LayerEffectiveness[]>>> => {
  const where = 'layerEffectiveness()';
  checkOptions(options, ['level', 'loss', 'onLayer'], where);
  const level = checkOneOf(`${where} level`, options.level ?? 'subLayer', ['subLayer', 'block']);
  const { loss, onLayer } = options;
  check(
    loss === undefined || typeof loss === 'function',
    `${where} loss`,
    loss,
    '(batch, context) => a scalar',
  );
  const sites = residualsOf(model, where);
  const layers = layersOf(sites, level);
  const masks = await realTokens(where, model, batch);
  let whole: tf.Tensor | undefined;
  try {
    const mask = masks[Object.keys(model.stacks()).at(-1)!];
    const turned = await turns(model, batch, layers, sites, masks);
    whole = tf.tidy(() => model.call(batch, { training: false }));
    const lossOf = async (probe: Probe): Promise<number> => {
      const value = tf.tidy(() => loss!(batch, { training: false, probe }));
      const [number] = await value.data();
      value.dispose();
      return number!;
    };
    const before = loss ? await lossOf({}) : 0;
    const found: Record<string, LayerEffectiveness[]> = Object.create(null);
    for (const [i, { path, stackPath, depth, members }] of layers.entries()) {
      const probe: Probe = { leavesOut: (at) => members.includes(at) };
      const outputChange = await changeOf(whole, () => model.call(batch, { training: false, probe }), mask);
      const lossChange = loss ? (await lossOf(probe)) - before : 0;
      const { angle, influence } = turned.get(path)!;
      for (const value of [angle, influence, outputChange, lossChange]) {
        if (!Number.isFinite(value)) throw notFinite(where, path, value);
      }
      const own = { path, depth, angle, influence, outputChange, ...(loss ? { lossChange } : {}) };
      found[stackPath] = [...(found[stackPath] ?? []), own];
      onLayer?.(i + 1, layers.length);
    }
    return found;
  } finally {
    tf.dispose([masks, ...(whole ? [whole] : [])]);
  }
};

/** Angle and influence of every layer, by its path, from one forward pass. */
const turns = async <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
  layers: readonly Layer[],
  sites: ReadonlyMap<string, ResidualSite>,
  masks: Readonly<Record<string, tf.Tensor2D>>,
): Promise<ReadonlyMap<string, { readonly angle: number; readonly influence: number }>> => {
  const first = new Map(layers.map((layer) => [layer.members[0]!, layer]));
  const last = new Map(layers.map((layer) => [layer.members.at(-1)!, layer]));
  const entered = new Map<Layer, tf.Tensor3D>();
  const chords = new Map<string, tf.Tensor2D>();
  const probe: Probe = {
    join: (event: JoinEvent) => {
      measuredSite(sites, event, 'layerEffectiveness()');
      const { path, shortcut, output } = event;
      const begins = first.get(path);
      if (begins) entered.set(begins, tf.keep(unit(shortcut)));
      const ends = last.get(path);
      if (!ends) return;
      const from = entered.get(ends)!;
      chords.set(
        ends.path,
        // |u - v|^2 = 2 (1 - cos), which rounds less than a cosine near 1 does. [B, T]
        tf.keep(tf.tidy(() => tf.sum<tf.Tensor2D>(tf.square(tf.sub(unit(output), from)), 2))),
      );
      from.dispose();
    },
  };
  try {
    tf.tidy(() => {
      model.call(batch, { training: false, probe });
    });
    const found = layers.map(async ({ path, stackPath }) => {
      const squares = await chords.get(path)!.data();
      const real = await masks[stackPath]?.data();
      let [count, angle, influence] = [0, 0, 0];
      for (const [token, square] of squares.entries()) {
        if (real && real[token] === 0) continue;
        count += 1;
        angle += (2 * Math.asin(Math.min(1, Math.sqrt(square) / 2))) / Math.PI;
        influence += square / 2;
      }
      return [path, { angle: angle / count, influence: influence / count }] as const;
    });
    return new Map(await Promise.all(found));
  } finally {
    tf.dispose([...entered.values(), ...chords.values()]);
  }
};

/** |y' - y| / |y| over the tokens that are real. */
const changeOf = async (
  whole: tf.Tensor,
  call: () => tf.Tensor,
  mask: tf.Tensor2D | undefined,
): Promise<number> => {
  const squares = tf.tidy(() => {
    const weights = mask && tokensFit(whole, mask) ? tf.reshape(mask, [...mask.shape, 1]) : undefined;
    const sum = (x: tf.Tensor): tf.Tensor => tf.sum(weights ? tf.mul(tf.square(x), weights) : tf.square(x));
    return tf.stack([sum(tf.sub(call(), whole)), sum(whole)]);
  });
  const [changed, all] = await squares.data();
  squares.dispose();
  return Math.sqrt(changed! / all!);
};

/** Whether the output has a row for each token of the mask: [B, T, ...]. */
const tokensFit = ({ shape, rank }: tf.Tensor, mask: tf.Tensor2D): boolean =>
  rank === 3 && shape[0] === mask.shape[0] && shape[1] === mask.shape[1];
