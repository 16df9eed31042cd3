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
import { withNorms } from './headNorms';
import { Linear } from './linear';
import type { Norm } from './norm';

/** Options of `SelfAttention`. */
export interface SelfAttentionOptions extends AttentionOptions {
  /** Position i sees positions <= i only. Default false. */
  readonly causal?: boolean;
  /** Positions that act within self-attention: queries and keys turned, or a bias by distance. Default none. */
  readonly positions?: PositionScheme | undefined;
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
  readonly normSpecs!: AttentionNorms['normSpecs'];
  readonly headWidth!: number;
  /** Of the relative bias, [buckets, H]. */
  readonly relativeTable?: Parameter<tf.Rank.R2>;
  readonly scale!: number;
  readonly logitCap?: number | undefined;
  private readonly geometry: Geometry;
  private readonly causal: boolean;
  private readonly positions: Omit<HeadPositions, 'table'>;

  constructor(options: SelfAttentionOptions, random: RandomStream) {
    super();
    this.geometry = geometryOf(options, 'self-attention');
    const { width, gains = {} } = options;
    const { queryWidth, groupWidth } = this.geometry;
    this.causal = options.causal ?? false;
    const { table, ...positions } = positionsOf(options, this.geometry, this.causal, random);
    if (table) this.relativeTable = table;
    this.positions = positions;
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
      const start = cache?.positions(path) ?? 0;
      const packed = this.prepared(this.queryKeyValue.call(x), start); // [B, T, (H + 2 G) Dh]
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

  /** Queries, keys and values with their norms, and turned where positions are, the first at `start`. */
  private prepared(packed: tf.Tensor3D, start: number): tf.Tensor3D {
    const { heads, groups, headWidth } = this.geometry;
    const parts = [
      { heads, norm: this.queryNorm },
      { heads: groups, norm: this.keyNorm },
      { heads: groups, norm: this.valueNorm },
    ];
    const normed = withNorms(packed, parts, headWidth);
    return this.positions.turn?.(normed, start) ?? normed;
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
