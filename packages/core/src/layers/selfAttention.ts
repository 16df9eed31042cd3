import * as tf from '@tensorflow/tfjs';
import { type Context, within } from '../context/context';
import { type RelativeBuckets, relativeBias } from '../ops/relativeBias';
import type { RandomStream } from '../random/random';
import { Module, type Parameter } from '../state/module';
import { type AttentionOptions, attend, attentionParts, attrsOf, fusedWeights } from './attention';
import { type Geometry, geometryOf, stepOf } from './attentionGeometry';
import { checkedMask } from './attentionMask';
import { isStep } from './attentionMemory';
import { attentionOutput } from './attentionOutput';
import {
  type AttentionPositions,
  checkedPositions,
  relativeTable,
  withBias,
  withTurns,
} from './attentionPositions';
import { withNorms } from './headNorms';
import { Linear } from './linear';
import type { Norm } from './norm';

/** Options of `SelfAttention`. */
export interface SelfAttentionOptions extends AttentionOptions {
  /** Position i sees positions <= i only. Default false. */
  readonly causal?: boolean;
  /** Positions that act within self-attention: queries and keys turned, or a bias by distance. Default none. */
  readonly positions?: AttentionPositions | undefined;
}

/** Multi-head self-attention with one fused projection. Roles for gains: query, key, value, output. */
export class SelfAttention extends Module {
  readonly form = 'selfAttention';
  /** Columns: query, key, value. */
  readonly queryKeyValue: Linear;
  readonly output: Linear;
  readonly headScale?: Parameter<tf.Rank.R1> | undefined;
  readonly innerNorm?: Norm | undefined;
  readonly queryNorm?: Norm | undefined;
  readonly keyNorm?: Norm | undefined;
  readonly valueNorm?: Norm | undefined;
  /** Of the relative bias, [buckets, H]. */
  readonly relativeTable?: Parameter<tf.Rank.R2>;
  readonly scale!: number;
  readonly logitCap?: number | undefined;
  private readonly geometry: Geometry;
  private readonly causal: boolean;
  private readonly positions?: 'rotary' | 'alibi';
  private readonly buckets?: RelativeBuckets;

  constructor(options: SelfAttentionOptions, random: RandomStream) {
    super();
    this.geometry = geometryOf(options, 'self-attention');
    const { width, gains = {} } = options;
    const { headWidth, queryWidth, groupWidth } = this.geometry;
    this.causal = options.causal ?? false;
    const positions = checkedPositions(options.positions, headWidth);
    if (typeof positions === 'object') {
      this.relativeTable = relativeTable(positions, options.heads, width, random.fork('relativeTable'));
      this.buckets = { ...positions, causal: this.causal };
    } else if (positions) this.positions = positions;
    const fused = fusedWeights(width, this.geometry, gains, random.fork('queryKeyValue'));
    const outputs = queryWidth + 2 * groupWidth;
    this.queryKeyValue = new Linear({ inputs: width, outputs }, fused, random);
    this.output = new Linear(
      { inputs: width, outputs: width },
      { gain: gains.output },
      random.fork('output'),
    );
    Object.assign(this, attentionParts(options, this.geometry, 'self-attention'));
  }

  inputProjections(): readonly Linear[] {
    return [this.queryKeyValue];
  }

  lastMap(): Linear {
    return this.output;
  }

  /** x [B, T, D]: [B, T, D]. With a cache, x holds only the positions after those cached. */
  call(x: tf.Tensor3D, outer: Context = {}): tf.Tensor3D {
    return tf.tidy(() => {
      const context = within(outer, this);
      const { path = '', cache } = context;
      const packed = this.normed(this.queryKeyValue.call(x)); // [B, T, (H + 2 G) Dh]
      if (cache && this.readsCache(context, packed)) {
        const turned = this.turned(packed, cache.positions(path));
        cache.append(path, turned, 2 * this.geometry.groupWidth, this);
        return attentionOutput(cache.attend(path, turned, stepOf(this.geometry, this.scale)), this);
      }
      const attrs = attrsOf(this.geometry, this, context, this.causal);
      const separate = cache || this.positions;
      const [query, keyValue] = separate ? this.separated(packed, cache?.get(path, this)) : [packed];
      const seen = keyValue ?? packed;
      const sizes = { batch: packed.shape[0], queries: packed.shape[1], keys: seen.shape[1] };
      // Before the cache grows: what a mask refuses has not happened.
      const checked = checkedMask(context.mask, sizes, `mask of self-attention at '${path}'`);
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
    return plain && isStep(context, packed, this);
  }

  private normed(packed: tf.Tensor3D): tf.Tensor3D {
    const { heads, groups, headWidth } = this.geometry;
    const parts = [
      { heads, norm: this.queryNorm },
      { heads: groups, norm: this.keyNorm },
      { heads: groups, norm: this.valueNorm },
    ];
    return withNorms(packed, parts, headWidth);
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
