import * as tf from '@tensorflow/tfjs';
import type { AttentionAttrs } from '../backend/kernels';
import { SteadyformerError } from '../checks/errors';
import { type Context, within } from '../context/context';
import { dropoutStream } from '../context/dropout';
import { type AttentionInputs, attention, attentionScores } from '../ops/attention';
import { attentionStep } from '../ops/attentionStep';
import { weightsAreFixed } from '../ops/fixedLinear';
import { type RelativeBuckets, relativeBias } from '../ops/relativeBias';
import type { RandomStream } from '../random/random';
import { initialValues, type UniformInitial } from '../state/initial';
import { Module, type Parameter } from '../state/module';
import { type Geometry, geometryOf, stepOf } from './attentionGeometry';
import { checkedMask } from './attentionMask';
import { checkedRows, chosen, isStep } from './attentionMemory';
import { type AttentionOutputOptions, attentionOutput, attentionOutputParts } from './attentionOutput';
import {
  type AttentionPositions,
  checkedPositions,
  relativeTable,
  withBias,
  withTurns,
} from './attentionPositions';
import { type InitGains, scaleColumns, uniform, xavier } from './initializers';
import { Linear } from './linear';
import type { Norm } from './norm';

/** Options of `SelfAttention` and `CrossAttention`. */
export interface AttentionOptions extends AttentionOutputOptions {
  readonly width: number;
  readonly heads: number;
  /** Heads of keys and values; fewer than `heads` makes it grouped-query. Default `heads`. */
  readonly keyValueHeads?: number | undefined;
  /** Dropout of the attention probabilities. Default 0. */
  readonly dropout?: number | undefined;
  readonly gains?: InitGains | undefined;
  /** Positions that act within self-attention: queries and keys turned, or a bias by distance. Default none. */
  readonly positions?: AttentionPositions | undefined;
}

const attrsOf = (geometry: Geometry, context: Context, causal: boolean): AttentionAttrs => {
  const { heads, groups, queryWidth, dropout } = geometry;
  const stream = dropoutStream(context, dropout);
  return {
    heads,
    keyValueHeads: groups,
    scale: 1 / Math.sqrt(queryWidth / heads),
    causal,
    dropoutRate: stream ? dropout : 0,
    dropoutKey: stream?.fork('weights').key ?? [0, 0],
    independent: weightsAreFixed(),
  };
};

const sizesOf = (
  query: tf.Tensor3D,
  keyValue: tf.Tensor3D,
): { readonly batch: number; readonly queries: number; readonly keys: number } => ({
  batch: query.shape[0],
  queries: query.shape[1],
  keys: keyValue.shape[1],
});

/** The op, watched where the context asks for it. */
const attend = (inputs: AttentionInputs, attrs: AttentionAttrs, context: Context): tf.Tensor3D => {
  const { probe, path = '' } = context;
  if (probe?.attention) {
    const scores = attentionScores(inputs, attrs);
    const weights = tf.softmax(scores, 3);
    probe.attention({ path, context, scores, weights });
    tf.dispose([scores, weights]);
  }
  return attention(inputs, attrs);
};

/**
 * Weights of query, key and value with the variance of one fused Xavier-uniform matrix, 1 / (2 D) for H = G, as
 * in the authors' code for self- and cross-attention alike. Returns the fused [D, (H + 2 G) Dh] matrix.
 */
const fusedWeights = (width: number, g: Geometry, gains: InitGains, random: RandomStream): Fused => {
  const columns = g.queryWidth + 2 * g.groupWidth;
  const initial = xavier(width, columns);
  const weights = initialValues(width * columns, () => {
    const drawn = uniform(random, width * columns, initial);
    scaleColumns(drawn, columns, 0, g.queryWidth, gains.query);
    scaleColumns(drawn, columns, g.queryWidth, g.groupWidth, gains.key);
    scaleColumns(drawn, columns, g.queryWidth + g.groupWidth, g.groupWidth, gains.value);
    return drawn;
  });
  return { weights, initial: { ...initial, gains } };
};

interface Fused {
  readonly weights: Float32Array;
  readonly initial: UniformInitial;
}

const columnsOf = ({ weights, initial }: Fused, columns: number, from: number, to: number): Fused => ({
  weights: initialValues((weights.length / columns) * (to - from), () =>
    weights.filter((_, i) => i % columns >= from && i % columns < to),
  ),
  initial,
});

/** Multi-head self-attention with one fused projection. Roles for gains: query, key, value, output. */
export class SelfAttention extends Module {
  readonly form = 'selfAttention';
  /** Columns: query, key, value. */
  readonly queryKeyValue: Linear;
  readonly output: Linear;
  readonly headScale?: Parameter<tf.Rank.R1> | undefined;
  readonly innerNorm?: Norm | undefined;
  /** Of the relative bias, [buckets, H]. */
  readonly relativeTable?: Parameter<tf.Rank.R2>;
  private readonly geometry: Geometry;
  private readonly causal: boolean;
  private readonly positions?: 'rotary' | 'alibi';
  private readonly buckets?: RelativeBuckets;

  constructor(
    options: AttentionOptions & {
      /** Position i sees positions <= i only. */ readonly causal?: boolean;
    },
    random: RandomStream,
  ) {
    super();
    this.geometry = geometryOf(options, 'self-attention');
    const { width, gains = {} } = options;
    this.causal = options.causal ?? false;
    const positions = checkedPositions(options.positions, width / options.heads);
    if (typeof positions === 'object') {
      this.relativeTable = relativeTable(positions, options.heads, width, random.fork('relativeTable'));
      this.buckets = { ...positions, causal: this.causal };
    } else if (positions) this.positions = positions;
    const outputs = this.geometry.queryWidth + 2 * this.geometry.groupWidth;
    const fused = fusedWeights(width, this.geometry, gains, random.fork('queryKeyValue'));
    this.queryKeyValue = new Linear({ inputs: width, outputs }, fused, random);
    this.output = new Linear(
      { inputs: width, outputs: width },
      { gain: gains.output },
      random.fork('output'),
    );
    const { headScale, innerNorm } = attentionOutputParts(options, options.heads, width);
    this.headScale = headScale;
    this.innerNorm = innerNorm;
  }

  inputProjections(): readonly Linear[] {
    return [this.queryKeyValue];
  }

  /** x [B, T, D]: [B, T, D]. With a cache, x holds only the positions after those cached. */
  call(x: tf.Tensor3D, outer: Context = {}): tf.Tensor3D {
    return tf.tidy(() => {
      const context = within(outer, this);
      const packed = this.queryKeyValue.call(x); // [B, T, (H + 2 G) Dh]
      const { path = '', cache } = context;
      if (cache && this.readsCache(context, packed)) {
        const turned = this.turned(packed, cache.positions(path));
        cache.append(path, turned, 2 * this.geometry.groupWidth, this);
        return attentionOutput(
          attentionStep(turned, cache.pieces(path), undefined, stepOf(this.geometry)),
          this,
        );
      }
      const attrs = attrsOf(this.geometry, context, this.causal);
      const separate = cache || this.positions;
      const [query, keyValue] = separate ? this.separated(packed, cache?.get(path, this)) : [packed];
      const seen = keyValue ?? packed;
      // Before the cache grows: what a mask refuses has not happened.
      const checked = checkedMask(context.mask, sizesOf(packed, seen), `mask of self-attention at '${path}'`);
      if (keyValue) cache?.set(path, keyValue, this);
      const alibi = this.positions === 'alibi';
      const mask = alibi ? withBias(checked, attrs.heads, packed, seen) : checked;
      const inputs = { query, keyValue, mask, bias: this.bias(packed, seen) };
      return attentionOutput(attend(inputs, attrs, context), this);
    });
  }

  /** Whether this is a step that reads the cache as it lies. */
  private readsCache(context: Context, packed: tf.Tensor3D): boolean {
    const plain = context.mask === undefined && this.positions !== 'alibi' && !this.relativeTable;
    return plain && isStep(context, packed);
  }

  private turned(packed: tf.Tensor3D, start: number): tf.Tensor3D {
    const { heads, groups } = this.geometry;
    return this.positions === 'rotary' ? withTurns(packed, heads, groups, start) : packed;
  }

  /** Queries [B, T, H Dh], turned where positions are, and keys and values, those of the past before them. */
  private separated(packed: tf.Tensor3D, past: tf.Tensor3D | undefined): [tf.Tensor3D, tf.Tensor3D] {
    const { queryWidth, groupWidth } = this.geometry;
    const turned = this.turned(packed, past?.shape[1] ?? 0);
    const [query, fresh] = tf.split<tf.Tensor3D>(turned, [queryWidth, 2 * groupWidth], 2);
    return [query!, past ? tf.concat([past, fresh!], 1) : fresh!];
  }

  /** The relative bias, where there is one: [1, H, Tq, Tk] */
  private bias(query: tf.Tensor3D, keyValue: tf.Tensor3D): tf.Tensor4D | undefined {
    const { relativeTable: table, buckets } = this;
    return table && buckets && relativeBias(table.value, query.shape[1], keyValue.shape[1], buckets);
  }
}

/** Multi-head attention to context.memory. Roles for gains: query, key, value, output. */
export class CrossAttention extends Module {
  readonly form = 'crossAttention';
  readonly query: Linear;
  /** Columns: key, value. */
  readonly keyValue: Linear;
  readonly output: Linear;
  readonly headScale?: Parameter<tf.Rank.R1> | undefined;
  readonly innerNorm?: Norm | undefined;
  private readonly geometry: Geometry;

  constructor(options: AttentionOptions, random: RandomStream) {
    super();
    this.geometry = geometryOf(options, 'cross-attention');
    const { width, gains = {} } = options;
    const { queryWidth, groupWidth } = this.geometry;
    const columns = queryWidth + 2 * groupWidth;
    const fused = fusedWeights(width, this.geometry, gains, random.fork('queryKeyValue'));
    this.query = new Linear(
      { inputs: width, outputs: queryWidth },
      columnsOf(fused, columns, 0, queryWidth),
      random,
    );
    this.keyValue = new Linear(
      { inputs: width, outputs: 2 * groupWidth },
      columnsOf(fused, columns, queryWidth, columns),
      random,
    );
    this.output = new Linear(
      { inputs: width, outputs: width },
      { gain: gains.output },
      random.fork('output'),
    );
    const { headScale, innerNorm } = attentionOutputParts(options, options.heads, width);
    this.headScale = headScale;
    this.innerNorm = innerNorm;
  }

  /** The memory's projection reads another stream. */
  inputProjections(): readonly Linear[] {
    return [this.query];
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
        const keyValue = chosen(this.keyValue.call(memory), rows); // [B, S, 2 G Dh]
        const mask = checkedMask(memoryMask && chosen(memoryMask, rows), sizes, where);
        return this.attended(x, keyValue, mask, context);
      }
      const keys = cache.positions(path) || sizes.keys;
      const batch = rows ? memory.shape[0] : sizes.batch;
      const mask = checkedMask(memoryMask, { ...sizes, batch, keys }, where);
      if (cache.pieces(path, this).length === 0) cache.set(path, this.keyValue.call(memory), this, rows);
      if (!isStep(context, x)) {
        return this.attended(x, cache.get(path)!, mask && chosen(mask, rows), context);
      }
      const pieces = cache.pieces(path);
      const maskRows = rows ?? Int32Array.from({ length: x.shape[0] }, (_, row) => row);
      const step = { ...stepOf(this.geometry), maskRows };
      return attentionOutput(attentionStep(this.query.call(x), pieces, mask, step), this);
    });
  }

  private attended(
    x: tf.Tensor3D,
    keyValue: tf.Tensor3D,
    mask: tf.Tensor4D | undefined,
    context: Context,
  ): tf.Tensor3D {
    const attrs = attrsOf(this.geometry, context, false);
    return attentionOutput(attend({ query: this.query.call(x), keyValue, mask }, attrs, context), this);
  }
}
