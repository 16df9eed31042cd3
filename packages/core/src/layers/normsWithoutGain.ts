import * as tf from '@tensorflow/tfjs';
import { checkInteger, checkNumber, checkOptions } from '../checks/errors';
import { rmsNorm } from '../ops/rmsNorm';
import { scaleNorm } from '../ops/scaleNorm';
import { Module } from '../state/module';
import type { NormFactory } from './norm';

/** Options of a norm that trains nothing. */
export interface EpsilonOption {
  /** What keeps a token of zeros finite. */
  readonly epsilon?: number;
}

const epsilonOf = (options: EpsilonOption, where: string, usual: number): number => {
  checkOptions(options, ['epsilon'], where);
  return checkNumber(`${where} epsilon`, options.epsilon ?? usual, 'numbers > 0', (value) => value > 0);
};

class RmsWithoutGain extends Module {
  constructor(
    readonly width: number,
    readonly epsilon: number,
  ) {
    super();
  }

  /** x [..., D]: the same shape. */
  call<R extends tf.Rank>(x: tf.Tensor<R>): tf.Tensor<R> {
    return tf.tidy(() => rmsNorm(x, tf.ones<tf.Rank.R1>([this.width]), this.epsilon));
  }
}

class Unit extends Module {
  constructor(readonly epsilon: number) {
    super();
  }

  /** x [..., D]: the same shape. */
  call<R extends tf.Rank>(x: tf.Tensor<R>): tf.Tensor<R> {
    return tf.tidy(() => scaleNorm(x, tf.ones<tf.Rank.R1>([1]), this.epsilon));
  }
}

/**
 * x / sqrt(mean(x^2) + epsilon), RMSNorm without its gain; epsilon 1e-6 by default.
 *
 * @throws SteadyformerError on options that it does not know, and on an epsilon that is no number > 0
 */
export const rmsWithoutGain = (options: EpsilonOption = {}): NormFactory => {
  const epsilon = epsilonOf(options, 'rmsWithoutGain()', 1e-6);
  return {
    name: 'rmsWithoutGain',
    make: (width) => new RmsWithoutGain(checkInteger('rmsWithoutGain width', width), epsilon),
    outputPower: () => 1,
  };
};

/**
 * x / max(|x|, epsilon): every token of length 1, as nGPT keeps its stream (Loshchilov et al. 2024); epsilon 1e-5 by
 * default.
 *
 * @throws SteadyformerError on options that it does not know, and on an epsilon that is no number > 0
 */
export const unitNorm = (options: EpsilonOption = {}): NormFactory => {
  const epsilon = epsilonOf(options, 'unitNorm()', 1e-5);
  return { name: 'unit', make: () => new Unit(epsilon), outputPower: (width) => 1 / width };
};
