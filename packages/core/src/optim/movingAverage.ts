import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { flatten, unflatten } from '../autodiff/gradients';
import { SteadyformerError } from '../checks/errors';
import { OneAtATime } from '../checks/oneAtATime';
import { fields, finite, flag, parseAs, such, whole } from '../checks/schema';
import { checkSome, type NamedParameter } from '../state/module';

/** Options of `MovingAverage`. */
export interface MovingAverageOptions {
  /** What an update keeps of the average, in [0, 1); it takes 1 - decay of the weights. Default 0.999. */
  readonly decay?: number;
  /**
   * Whether early updates keep less, min(decay, (1 + n) / (10 + n)) after n of them, as TensorFlow's
   * ExponentialMovingAverage does with `num_updates`, so that the weights of the beginning are soon forgotten. Without
   * it the average is that of PyTorch's AveragedModel with get_ema_multi_avg_fn(decay). Default true.
   */
  readonly warmup?: boolean;
}

/** The state of a moving average, as checkpoints can hold it. */
export interface MovingAverageState {
  readonly updates: number;
  /** The averages of all parameters end to end, [P]. */
  readonly values: Float32Array;
}

/**
 * The exponential moving average of the weights: average := d average + (1 - d) weights at every update, the first of
 * which takes the weights as they are. Before it the average is the weights that there were. Owns one flat array, [P].
 */
export class MovingAverage {
  private readonly parameters: readonly NamedParameter[];
  readonly options: Required<MovingAverageOptions>;
  private readonly calls: OneAtATime = new OneAtATime('MovingAverage');
  private average: tf.Tensor1D;
  private count = 0;

  /** @throws SteadyformerError on what is no parameter, and on a decay outside [0, 1) */
  constructor(parameters: readonly NamedParameter[], options: MovingAverageOptions = {}) {
    checkSome('MovingAverage', parameters);
    const schema = fields({
      decay: v.optional(
        finite('numbers in [0, 1)', (decay) => decay >= 0 && decay < 1),
        0.999,
      ),
      warmup: v.optional(flag(), true),
    });
    this.options = parseAs(schema, options, 'MovingAverage');
    this.parameters = [...parameters];
    this.average = tf.keep(tf.tidy(() => tf.add<tf.Tensor1D>(this.weights(), 0)));
  }

  /** Updates done so far. */
  get updates(): number {
    return this.count;
  }

  /** Whether the averages are in the place of the weights, by `use`. */
  get inUse(): boolean {
    return this.calls.busy;
  }

  /** Takes in the weights as they are now; call it after each step of the optimizer. Throws during `use`. */
  update(): void {
    this.calls.check('update()');
    const { decay, warmup } = this.options;
    const n = this.count;
    const kept = n === 0 ? 0 : warmup ? Math.min(decay, (1 + n) / (10 + n)) : decay;
    const next = tf.tidy(() => {
      const weights = this.weights();
      return kept === 0
        ? tf.add<tf.Tensor1D>(weights, 0)
        : tf.add<tf.Tensor1D>(tf.mul(this.average, kept), tf.mul(weights, 1 - kept));
    });
    this.replace(next);
    this.count += 1;
  }

  /**
   * Runs f while the parameters have the averages for values, and gives them back their own afterwards, to the bit,
   * also where f throws. Train nothing inside: what it changes is lost.
   */
  use<T>(f: () => T | Promise<T>): Promise<T> {
    return this.calls.run('use()', async () => {
      const own = this.parameters.map(({ parameter }) => tf.clone(parameter.value));
      try {
        tf.tidy(() => {
          const shapes = own.map(({ shape }) => shape);
          for (const [i, value] of unflatten(this.average, shapes).entries()) this.assign(i, value);
        });
        return await f();
      } finally {
        for (const [i, value] of own.entries()) this.assign(i, value);
        tf.dispose(own);
      }
    });
  }

  /** Reads the state. */
  async state(): Promise<MovingAverageState> {
    const updates = this.count;
    return { updates, values: Float32Array.from(await this.average.data<'float32'>()) };
  }

  /** Goes on from a state. Throws, before anything is changed, where it belongs to another number of parameters. */
  restore(state: MovingAverageState): void {
    this.calls.check('restore()');
    const { updates, values } = this.checkState(state);
    this.replace(tf.tensor1d(Float32Array.from(values)));
    this.count = updates;
  }

  /** Throws on a state that `restore` would throw on; returns it. */
  checkState(state: MovingAverageState): MovingAverageState {
    const schema = fields({
      updates: whole(0),
      values: such<Float32Array>('a Float32Array', (value) => value instanceof Float32Array),
    });
    const { values } = parseAs(schema, state, 'state of MovingAverage.restore()');
    if (values.length !== this.average.size) {
      throw new SteadyformerError(
        `MovingAverage.restore: state of ${values.length} numbers received, the parameters have ${this.average.size}`,
      );
    }
    return state;
  }

  /** Frees the average; the parameters stay as they are. Throws during `use`. */
  dispose(): void {
    this.calls.check('dispose()');
    this.average.dispose();
  }

  /** The weights end to end, which may lie in the memory of the only parameter. */
  private weights(): tf.Tensor1D {
    return flatten(this.parameters.map(({ parameter }) => parameter.value));
  }

  private assign(i: number, value: tf.Tensor): void {
    const { parameter } = this.parameters[i]!;
    // A model that was disposed meanwhile has no use for values.
    if (!parameter.variable.isDisposed) parameter.assign(value);
  }

  private replace(next: tf.Tensor1D): void {
    this.average.dispose();
    this.average = tf.keep(next);
  }
}
