import * as tf from '@tensorflow/tfjs';
import { check, checkFlag, checkNumber, checkOptions, SteadyformerError } from '../checks/errors';
import type { Context } from '../context/context';
import { givenParameter, Module, type Parameter } from '../state/module';
import { SelfAttention } from './selfAttention';
import type { ValueMix, ValueScheme } from './valueScheme';

/** Options of `firstValues`. */
export interface FirstValuesOptions {
  /** a, of the attention's own values. Default 0.5. */
  readonly own?: number;
  /** b, of those that were handed on. Default 0.5. */
  readonly first?: number;
  /** Whether both are trained from there, two numbers. Default true. */
  readonly trained?: boolean;
}

/**
 * Values become a v + b v_1, v_1 those of an earlier attention, which the context shows (`handed`): the `valueMix` of a
 * self-attention.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2410.17897 | Zhou et al. 2024, Value Residual Learning}
 */
export const firstValues = (options: FirstValuesOptions = {}): ValueScheme => {
  const where = 'firstValues()';
  checkOptions(options, ['own', 'first', 'trained'], where);
  const { own = 0.5, first = 0.5, trained = true } = options;
  checkNumber(`${where} own`, own);
  checkNumber(`${where} first`, first);
  checkFlag(`${where} trained`, trained);
  return { name: 'first values', make: () => new FirstValues([own, first], trained) };
};

class FirstValues extends Module implements ValueMix {
  /** a, b: [2] */
  readonly mix?: Parameter<tf.Rank.R1>;
  private readonly fixed: readonly [number, number];

  constructor(fixed: readonly [number, number], trained: boolean) {
    super();
    this.fixed = fixed;
    if (trained) this.mix = givenParameter(fixed);
  }

  async numbers(): Promise<readonly number[]> {
    return [...((await this.mix?.variable.data()) ?? this.fixed)];
  }

  call(packed: tf.Tensor3D, groupWidth: number, { handed, path = '' }: Context): tf.Tensor3D {
    const [batch, tokens, columns] = packed.shape;
    if (!handed) {
      throw new SteadyformerError(
        `self-attention at '${path}' needs context.handed, the values of the first one: call it in its stack`,
      );
    }
    const shape = [batch, tokens, groupWidth];
    const fits = tf.util.arraysEqual(handed.shape, shape);
    check(
      fits,
      `context.handed of self-attention at '${path}'`,
      handed.shape,
      `values [${shape.join(', ')}]`,
    );
    const [rest, values] = tf.split<tf.Tensor3D>(packed, [columns - groupWidth, groupWidth], 2);
    const [own, first] = this.mix ? (tf.split(this.mix.value, 2) as tf.Tensor[]) : this.fixed;
    const mixed = tf.add<tf.Tensor3D>(tf.mul(values!, own!), tf.mul(handed, first!));
    return tf.concat([rest!, mixed], 2);
  }
}

/**
 * The values that a self-attention makes of x [B, T, D], with their norm: [B, T, G Dh]. What a sub-layer may hand on
 * (`StreamPlan`).
 *
 * @throws SteadyformerError on another branch
 */
export const valuesOf = (branch: object, x: tf.Tensor3D): tf.Tensor3D => {
  check(branch instanceof SelfAttention, 'branch that hands its values on', branch, 'a SelfAttention');
  const attention = branch as SelfAttention;
  const { queryWidth, groupWidth } = attention.geometry;
  // All columns in one product: a backend may keep a form of the whole weight, which the branch reads as well.
  return tf.tidy(() =>
    tf.slice(attention.projected(x, 0, {}), [0, 0, queryWidth + groupWidth], [-1, -1, groupWidth]),
  );
};
