import type * as tf from '@tensorflow/tfjs';
import { checkInteger, checkNumber, checkOptions } from '../checks/errors';
import { erf } from '../ops/erf';
import { erfSquash, type Squash, squashed, tanhSquash } from '../ops/squashed';
import { constantParameter, Module, type Parameter } from '../state/module';
import type { NormFactory } from './norm';

/** Options of `dynamicTanh`. */
export interface DynamicTanhOptions {
  /** alpha at the start. Default 0.5. */
  readonly alpha?: number;
}

/** Options of `derf`. */
export interface DerfOptions extends DynamicTanhOptions {
  /** s at the start. Default 0. */
  readonly shift?: number;
}

/** What a trained squash in place of a norm starts at. */
interface Start {
  readonly alpha: number;
  /** Absent: there is none. */
  readonly shift?: number;
}

class DynamicNorm extends Module {
  /** [D] */
  readonly gain: Parameter<tf.Rank.R1>;
  /** [D] */
  readonly bias: Parameter<tf.Rank.R1>;
  /** [1] */
  readonly alpha: Parameter<tf.Rank.R1>;
  /** [1] */
  readonly shift?: Parameter<tf.Rank.R1>;
  private readonly squash: Squash;

  constructor(width: number, { alpha, shift }: Start, squash: Squash) {
    super();
    this.gain = constantParameter([width], 1);
    this.bias = constantParameter([width], 0);
    this.alpha = constantParameter([1], alpha);
    if (shift !== undefined) this.shift = constantParameter([1], shift);
    this.squash = squash;
  }

  /** x [..., D]: the same shape. */
  call<R extends tf.Rank>(x: tf.Tensor<R>): tf.Tensor<R> {
    const { gain, bias, alpha, shift } = this;
    const weights = { gain: gain.value, bias: bias.value, alpha: alpha.value, shift: shift?.value };
    return squashed(x, weights, this.squash);
  }
}

/**
 * DyT, in place of a norm: gamma (.) tanh(alpha x) + beta, alpha one trained number; gamma 1 and beta 0 at the start
 * (Zhu et al. 2025, section 4).
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2503.10622 | Zhu et al. 2025, Transformers without Normalization}
 */
export const dynamicTanh = (options: DynamicTanhOptions = {}): NormFactory => {
  checkOptions(options, ['alpha'], 'dynamicTanh()');
  const alpha = checkNumber('dynamicTanh() alpha', options.alpha ?? 0.5);
  return {
    name: 'dynamicTanh',
    make: (width) => new DynamicNorm(checkInteger('dynamicTanh width', width), { alpha }, tanhSquash),
    elementwise: (x) => Math.tanh(alpha * x),
  };
};

/**
 * Derf, in place of a norm: gamma (.) erf(alpha x + s) + beta, alpha and s one trained number each; gamma 1 and beta 0
 * at the start (Chen et al. 2025).
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2512.10938 | Chen et al. 2025, Stronger Normalization-Free Transformers}
 */
export const derf = (options: DerfOptions = {}): NormFactory => {
  checkOptions(options, ['alpha', 'shift'], 'derf()');
  const alpha = checkNumber('derf() alpha', options.alpha ?? 0.5);
  const shift = checkNumber('derf() shift', options.shift ?? 0);
  return {
    name: 'derf',
    make: (width) => new DynamicNorm(checkInteger('derf width', width), { alpha, shift }, erfSquash),
    elementwise: (x) => erf(alpha * x + shift),
  };
};
