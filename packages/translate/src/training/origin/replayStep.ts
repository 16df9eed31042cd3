import {
  check,
  type JoinEvent,
  type Module,
  type Probe,
  type RandomStream,
  type Stacked,
  SteadyformerError,
  type SubLayer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { checkedLoss, type LossFunction } from '../loss';
import { measured, readSizes, type Size } from './sizes';

/** A sub-layer in one forward and backward pass, in the order of the forward pass. */
export interface Seen {
  readonly path: string;
  readonly subLayer: SubLayer | undefined;
  readonly input: Size;
  readonly sum: Size;
  readonly output: Size;
  /** Of the loss, with respect to the input and to the output. */
  readonly inputGradient: Size;
  readonly outputGradient: Size;
}

export interface Replay {
  readonly batch: number;
  readonly loss: number;
  readonly seen: readonly Seen[];
  /** Gradients of the parameters, by path. */
  readonly gradients: ReadonlyMap<string, Size>;
}

export type Sites = ReadonlyMap<string, SubLayer>;

/** Sub-layers by their path. */
export const sitesOf = (model: Pick<Stacked<unknown>, 'stacks'>): Sites => {
  const known = typeof model.stacks === 'function';
  check(
    known,
    'findOrigin() model',
    model,
    'a model with stacks(), such as transformer(...) or asStacked(stack)',
  );
  const entries = Object.entries(model.stacks()).flatMap(([stackPath, stack]) =>
    stack.subLayers().map(({ path, subLayer }) => [`${stackPath}.${path}`, subLayer] as const),
  );
  if (entries.length > 0) return new Map(entries);
  throw new SteadyformerError(
    'findOrigin(): the model has no residual sub-layers. Name its stacks in stacks().',
  );
};

/** One forward and backward pass. */
export const replayStep = async <Model extends Module, Batch>(
  model: Model,
  lossOf: LossFunction<Model, Batch>,
  batch: Batch,
  index: number,
  random: RandomStream,
  sites: Sites,
): Promise<Replay> => {
  const parameters = model.parameters();
  const paths: string[] = [];
  const kept: tf.Tensor[] = [];
  // The engine looks gradients up once the forward pass is over, so the list may grow during it.
  const sources: tf.Tensor[] = parameters.map(({ parameter }) => parameter.value);
  const probe: Probe = {
    join: ({ path, shortcut, sum, output }: JoinEvent) => {
      paths.push(path);
      kept.push(...[shortcut, sum, output].map((tensor) => tf.keep(measured(tensor))));
      sources.push(shortcut, output);
    },
  };
  try {
    const { value, gradients } = tf.tidy(() => {
      const { value, grads } = tf
        .engine()
        .gradients(
          () => checkedLoss(lossOf(model, batch, { training: true, random, probe })).loss,
          sources,
          undefined,
          true,
        );
      return { value, gradients: grads.map((gradient) => measured(gradient ?? tf.scalar(0))) };
    });
    kept.push(value, ...gradients);
    if (paths.length === 0) {
      throw new SteadyformerError(
        'findOrigin(): the loss ran no residual; pass its context on to the model, model.call(batch, context)',
      );
    }
    const [loss] = await value.data();
    const forward = await readSizes(kept.slice(0, 3 * paths.length));
    const backward = await readSizes(gradients);
    const ofStreams = backward.slice(parameters.length);
    const seen = paths.map((path, i) => {
      const [input, sum, output] = forward.slice(3 * i, 3 * i + 3) as [Size, Size, Size];
      const [inputGradient, outputGradient] = ofStreams.slice(2 * i, 2 * i + 2) as [Size, Size];
      return { path, subLayer: sites.get(path), input, sum, output, inputGradient, outputGradient };
    });
    const own = parameters.map(({ path }, i) => [path, backward[i]!] as const);
    return { batch: index, loss: loss!, seen, gradients: new Map(own) };
  } finally {
    tf.dispose(kept);
  }
};
