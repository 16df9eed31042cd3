import * as tf from '@tensorflow/tfjs';
import { type Context, within } from '../context/context';
import { attend } from '../layers/attention';
import { checkedMask } from '../layers/attentionMask';
import { Linear } from '../layers/linear';

import { rotary } from '../ops/rotary';
import type { RandomStream } from '../random/random';
import { Module } from '../state/module';

/** Options of `RotaryAttention`. */
export interface RotaryAttentionOptions {
  readonly width: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  /** Features of a head, which need not be width / heads. */
  readonly headWidth: number;
  /** Wavelengths of the turns go from 2 pi to 2 pi times this. */
  readonly base: number;
  readonly bias: boolean;
}

/** Causal self-attention as Llama has it: rotary positions of any base, heads of any width, maps without biases. */
export class RotaryAttention extends Module {
  /** Columns: query, key, value. */
  readonly queryKeyValue: Linear;
  readonly output: Linear;
  private readonly options: RotaryAttentionOptions;

  constructor(options: RotaryAttentionOptions, random: RandomStream) {
    super();
    const { width, heads, keyValueHeads, headWidth, bias } = options;
    this.options = options;
    const outputs = (heads + 2 * keyValueHeads) * headWidth;
    this.queryKeyValue = new Linear({ inputs: width, outputs }, { bias }, random.fork('queryKeyValue'));
    this.output = new Linear({ inputs: heads * headWidth, outputs: width }, { bias }, random.fork('output'));
  }

  inputProjections(): readonly Linear[] {
    return [this.queryKeyValue];
  }

  /** x [B, T, D]: [B, T, D]. With a cache, x holds only the positions after those cached. */
  call(x: tf.Tensor3D, outer: Context = {}): tf.Tensor3D {
    return tf.tidy(() => {
      const context = within(outer, this);
      const { heads, keyValueHeads, headWidth, base } = this.options;
      const { path = '', cache } = context;
      const past = cache?.get(path, this);
      const start = past?.shape[1] ?? 0;
      const sizes = [heads, keyValueHeads, keyValueHeads].map((count) => count * headWidth);
      const [q, k, v] = tf.split<tf.Tensor3D>(this.queryKeyValue.call(x), sizes, 2);
      const query = rotary(q!, heads, start, base);
      const fresh = tf.concat([rotary(k!, keyValueHeads, start, base), v!], 2);
      const keyValue = past ? tf.concat([past, fresh], 1) : fresh;
      const seen = { batch: x.shape[0], queries: x.shape[1], keys: keyValue.shape[1] };
      const mask = checkedMask(context.mask, seen, `mask of self-attention at '${path}'`);
      cache?.set(path, keyValue, this);
      const inputs = { query, keyValue, mask };
      const attrs = {
        ...{ heads, keyValueHeads, scale: headWidth ** -0.5, causal: true },
        ...{ dropoutRate: 0, dropoutKey: [0, 0] as const, independent: false },
      };
      return this.output.call(attend(inputs, attrs, context));
    });
  }
}
