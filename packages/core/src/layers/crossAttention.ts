import * as tf from '@tensorflow/tfjs';
import { SteadyformerError } from '../checks/errors';
import { type Context, within } from '../context/context';
import type { RandomStream } from '../random/random';
import { initialValues } from '../state/initial';
import { Module, type Parameter } from '../state/module';
import {
  type AttentionNorms,
  type AttentionOptions,
  attend,
  attentionParts,
  attrsOf,
  type Fused,
  fusedWeights,
} from './attention';
import { type Geometry, geometryOf, stepOf } from './attentionGeometry';
import { checkedMask } from './attentionMask';
import { checkedRows, chosen, isStep } from './attentionMemory';
import { attentionOutput } from './attentionOutput';
import type { QueryScale } from './attentionScores';
import { withNorms } from './headNorms';
import { Linear } from './linear';
import type { Norm } from './norm';

const columnsOf = ({ weights, ...rest }: Fused, columns: number, from: number, to: number): Fused => ({
  ...rest,
  weights: initialValues((weights.length / columns) * (to - from), () =>
    weights.filter((_, i) => i % columns >= from && i % columns < to),
  ),
});

/** Multi-head attention to context.memory. Roles for gains: query, key, value, output. */
export class CrossAttention extends Module {
  readonly form = 'crossAttention';
  readonly query: Linear;
  /** Columns: key, value. */
  readonly keyValue: Linear;
  readonly output!: Linear;
  readonly headScale?: Parameter<tf.Rank.R1> | undefined;
  readonly innerNorm?: Norm | undefined;
  readonly queryNorm?: Norm | undefined;
  readonly keyNorm?: Norm | undefined;
  readonly valueNorm?: Norm | undefined;
  readonly normSpecs!: AttentionNorms['normSpecs'];
  readonly scale!: number;
  readonly logitCap?: number | undefined;
  readonly queryKeyScale?: QueryScale | undefined;
  readonly geometry: Geometry;

  constructor(options: AttentionOptions, random: RandomStream) {
    super();
    this.geometry = geometryOf(options, 'cross-attention');
    const inputs = options.width;
    const { queryWidth, groupWidth } = this.geometry;
    const columns = queryWidth + 2 * groupWidth;
    const fused = fusedWeights(options, this.geometry, random);
    this.query = new Linear(
      { inputs, outputs: queryWidth },
      columnsOf(fused, columns, 0, queryWidth),
      random,
    );
    this.keyValue = new Linear(
      { inputs, outputs: 2 * groupWidth },
      columnsOf(fused, columns, queryWidth, columns),
      random,
    );
    Object.assign(this, attentionParts(options, this.geometry, 'cross-attention', random));
  }

  /** The memory's projection reads another stream. */
  inputProjections(): readonly Linear[] {
    return [this.query];
  }

  lastMap(): Linear {
    return this.output;
  }

  /** x [B, T, D], context.memory [B, S, D]: [B, T, D]. A cache keeps the projected memory. */
  call(x: tf.Tensor3D, outer: Context = {}): tf.Tensor3D {
    return tf.tidy(() => {
      const context = within(outer, this);
      const path = context.path ?? '';
      if (!context.memory) {
        throw new SteadyformerError(
          `cross-attention at '${path}' needs context.memory, the encoder output [B, S, D]`,
        );
      }
      const { memory, memoryMask, memoryRows, cache } = context;
      const sizes = { batch: x.shape[0], queries: x.shape[1], keys: memory.shape[1] };
      const rows = checkedRows(memoryRows, x, memory, path);
      const where = `memoryMask of cross-attention at '${path}'`;
      if (!cache) {
        const keyValue = chosen(this.keysAndValues(memory), rows); // [B, S, 2 G Dh]
        const mask = checkedMask(memoryMask && chosen(memoryMask, rows), sizes, where);
        return this.attended(x, keyValue, mask, context);
      }
      const keys = cache.positions(path) || sizes.keys;
      const batch = rows ? memory.shape[0] : sizes.batch;
      const mask = checkedMask(memoryMask, { ...sizes, batch, keys }, where);
      if (cache.pieces(path, this).length === 0) cache.set(path, this.keysAndValues(memory), this, rows);
      if (!isStep(context, x, this)) {
        return this.attended(x, cache.get(path)!, mask && chosen(mask, rows), context);
      }
      const maskRows = rows ?? Int32Array.from({ length: x.shape[0] }, (_, row) => row);
      const step = { ...stepOf(this.geometry, this.scale), maskRows };
      return attentionOutput(cache.attend(path, this.queries(x), step, mask), this);
    });
  }

  /** [B, T, H Dh] */
  private queries(x: tf.Tensor3D): tf.Tensor3D {
    const { heads, headWidth } = this.geometry;
    const normed = withNorms(this.query.call(x), [{ heads, norm: this.queryNorm }], headWidth);
    return this.queryKeyScale?.call(normed) ?? normed;
  }

  /** [B, S, 2 G Dh] */
  private keysAndValues(memory: tf.Tensor3D): tf.Tensor3D {
    const { groups: heads, headWidth } = this.geometry;
    const parts = [this.keyNorm, this.valueNorm].map((norm) => ({ heads, norm }));
    return withNorms(this.keyValue.call(memory), parts, headWidth);
  }

  private attended(
    x: tf.Tensor3D,
    keyValue: tf.Tensor3D,
    mask: tf.Tensor4D | undefined,
    context: Context,
  ): tf.Tensor3D {
    const attrs = attrsOf(this.geometry, this, context, false);
    return attentionOutput(attend({ query: this.queries(x), keyValue, mask }, attrs, context), this);
  }
}
