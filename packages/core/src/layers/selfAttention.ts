import * as tf from '@tensorflow/tfjs';
import { check } from '../checks/errors';
import { type Context, within } from '../context/context';
import type { RandomStream } from '../random/random';
import { Module, type Parameter } from '../state/module';
import {
  type AttentionNorms,
  type AttentionOptions,
  attend,
  attentionParts,
  attrsOf,
  fusedWeights,
} from './attention';
import { type Geometry, geometryOf, stepOf } from './attentionGeometry';
import { checkedMask } from './attentionMask';
import { isStep } from './attentionMemory';
import { attentionOutput } from './attentionOutput';
import type { HeadPositions, PositionScheme } from './attentionPositions';
import type { QueryScale } from './attentionScores';
import { withNorms } from './headNorms';
import { Linear } from './linear';
import type { Norm } from './norm';
import type { ValueMix, ValueScheme } from './valueScheme';

/** Options of `SelfAttention`. */
export interface SelfAttentionOptions extends AttentionOptions {
  /** Position i sees positions <= i only. Default false. */
  readonly causal?: boolean;
  /** Positions that act within self-attention: queries and keys turned, or a bias by distance. Default none. */
  readonly positions?: PositionScheme | undefined;
  /** What becomes of the values, behind their norm: `firstValues()`. Default nothing. */
  readonly valueMix?: ValueScheme | undefined;
}

/** Multi-head self-attention with one fused projection. Roles for gains: query, key, value, output. */
export class SelfAttention extends Module {
  readonly form = 'selfAttention';
  /** Columns: query, key, value. */
  readonly queryKeyValue: Linear;
  readonly output!: Linear;
  readonly headScale?: Parameter<tf.Rank.R1> | undefined;
  readonly innerNorm?: Norm | undefined;
  readonly queryNorm?: Norm | undefined;
  readonly keyNorm?: Norm | undefined;
  readonly valueNorm?: Norm | undefined;
  readonly valueMix?: ValueMix | undefined;
  readonly normSpecs!: AttentionNorms['normSpecs'];
  /** Of the relative bias, [buckets, H]. */
  readonly relativeTable?: Parameter<tf.Rank.R2>;
  readonly scale!: number;
  readonly logitCap?: number | undefined;
  readonly queryKeyScale?: QueryScale | undefined;
  readonly geometry: Geometry;
  private readonly causal: boolean;
  /** Positions that act within it: nothing of them where there are none. */
  readonly positions: Omit<HeadPositions, 'table'>;

  constructor(options: SelfAttentionOptions, random: RandomStream) {
    super();
    this.geometry = geometryOf(options, 'self-attention');
    const { queryWidth, groupWidth } = this.geometry;
    this.causal = options.causal ?? false;
    const { table, ...positions } = positionsOf(options, this.geometry, this.causal, random);
    if (table) this.relativeTable = table;
    this.positions = positions;
    const sizes = { inputs: options.width, outputs: queryWidth + 2 * groupWidth };
    this.queryKeyValue = new Linear(sizes, fusedWeights(options, this.geometry, random), random);
    Object.assign(this, attentionParts(options, this.geometry, 'self-attention', random));
    this.valueMix = options.valueMix?.make();
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
      const start = cache?.positions(path) ?? 0;
      const packed = this.projected(x, start, context);
      const { groupWidth } = this.geometry;
      if (cache && this.readsCache(context, x)) {
        cache.append(path, packed, 2 * groupWidth, this);
        return attentionOutput(cache.attend(path, packed, stepOf(this.geometry, this.scale)), this);
      }
      const attrs = attrsOf(this.geometry, this, context, this.causal);
      const [query, keyValue] = cache ? this.separated(packed, cache.get(path, this)) : [packed];
      const [queries, keys] = [x.shape[1], (keyValue ?? packed).shape[1]];
      // Before the cache grows: what a mask refuses has not happened.
      const sizes = { batch: x.shape[0], queries, keys };
      const checked = checkedMask(context.mask, sizes, `mask of self-attention at '${path}'`);
      if (keyValue) cache?.set(path, keyValue, this);
      const distances = this.positions.distances?.(queries, keys);
      const mask = checked && distances ? tf.add<tf.Tensor4D>(checked, distances) : (checked ?? distances);
      const inputs = { query, keyValue, mask, bias: this.positions.bias?.(queries, keys) };
      return attentionOutput(attend(inputs, attrs, context), this);
    });
  }

  /** Whether this is a step that reads the cache as it lies. */
  private readsCache(context: Context, x: tf.Tensor3D): boolean {
    const { distances, bias } = this.positions;
    return !(context.mask || distances || bias) && isStep(context, x, this);
  }

  /**
   * Queries, keys and values of x [B, T, D] with their norms, mixed, and turned where positions are, the first at `start`:
   * [B, T, (H + 2 G) Dh]
   */
  projected(x: tf.Tensor3D, start: number, context: Context): tf.Tensor3D {
    const { heads, groups, headWidth, groupWidth } = this.geometry;
    const parts = [
      { heads, norm: this.queryNorm },
      { heads: groups, norm: this.keyNorm },
      { heads: groups, norm: this.valueNorm },
    ];
    const normed = withNorms(this.queryKeyValue.call(x), parts, headWidth);
    const mixed = this.valueMix?.call(normed, groupWidth, context) ?? normed;
    const turned = this.positions.turn?.(mixed, start) ?? mixed;
    return this.queryKeyScale?.call(turned) ?? turned;
  }

  /** Queries [B, T, H Dh], and keys and values, those of the past before them. */
  private separated(packed: tf.Tensor3D, past: tf.Tensor3D | undefined): [tf.Tensor3D, tf.Tensor3D] {
    const { queryWidth, groupWidth } = this.geometry;
    const [query, fresh] = tf.split<tf.Tensor3D>(packed, [queryWidth, 2 * groupWidth], 2);
    return [query!, past ? tf.concat([past, fresh!], 1) : fresh!];
  }
}

/** The scheme's positions within an attention; none where it has none. */
const positionsOf = (
  { positions: scheme, width }: SelfAttentionOptions,
  { heads, groups, headWidth }: Geometry,
  causal: boolean,
  random: RandomStream,
): HeadPositions => {
  if (scheme === undefined) return {};
  const allowed = 'objects such as rotaryPositions()';
  check(typeof scheme?.make === 'function', 'self-attention positions', scheme, allowed);
  return scheme.make({ heads, groups, headWidth, width, causal, random });
};
