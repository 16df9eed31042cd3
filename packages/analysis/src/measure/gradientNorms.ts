import type { Probe, Stacked } from '@steadyformer/core';
import { check, SteadyformerError } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { Loss } from './outputChange';
import { inputOf, measuredSite, notFinite, residualsOf } from './residuals';

/** The gradient of the loss at one sub-layer output x_i. */
export interface OutputGradient {
  /** i; 0 is the stack's input. */
  readonly depth: number;
  /** The sub-layer whose output it is; the stack's path for the input. */
  readonly path: string;
  /** L2 norm over the whole batch. */
  readonly norm: number;
  /** norm over that of the stack's last output. */
  readonly relative: number;
}

/** What `gradientNorms` gives. */
export interface MeasuredGradients {
  readonly loss: number;
  /** By stack path, i = 0 .. N. */
  readonly outputs: Readonly<Record<string, readonly OutputGradient[]>>;
  /** L2 norm of every parameter's gradient, by path. */
  readonly parameters: Readonly<Record<string, number>>;
}

/**
 * Measures the norms of a loss's gradients at every sub-layer output and for every parameter, in one backward pass
 * (Liu et al. 2020, fig. 3). Dropout is off.
 *
 * @throws SteadyformerError on a loss that is no function
 */
export const gradientNorms = async <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
  loss: Loss<Batch>,
): Promise<MeasuredGradients> => {
  const sites = residualsOf(model, 'gradientNorms()');
  check(typeof loss === 'function', 'gradientNorms() loss', loss, '(batch, context) => a scalar');
  const parameters = model.parameters();
  const streams: { readonly stackPath: string; readonly path: string; readonly depth: number }[] = [];
  // The engine looks gradients up once the forward pass is over, so the list may grow during it.
  const sources: tf.Tensor[] = parameters.map(({ parameter }) => parameter.value);
  const probe: Probe = {
    join: (event) => {
      const { path, output } = event;
      const { stackPath, depth } = measuredSite(sites, event, 'gradientNorms()');
      if (depth === 1) {
        streams.push({ stackPath, path: stackPath, depth: 0 });
        sources.push(inputOf(event));
      }
      streams.push({ stackPath, path, depth });
      sources.push(output);
    },
  };
  const { value, norms } = tf.tidy(() => {
    const { value, grads } = tf
      .engine()
      .gradients(() => loss(batch, { training: false, probe }), sources, undefined, true);
    return { value, norms: grads.map((gradient) => (gradient ? tf.norm(gradient) : tf.scalar(0))) };
  });
  try {
    if (streams.length === 0) {
      throw new SteadyformerError(
        'gradientNorms(): the loss ran no residual; pass its context on to the model, model.call(batch, context)',
      );
    }
    const numbers = await Promise.all(norms.map(async (norm) => (await norm.data())[0]!));
    const paths = [...parameters, ...streams].map(({ path }) => path);
    const odd = numbers.findIndex((norm) => !Number.isFinite(norm));
    if (odd >= 0) throw notFinite('gradientNorms()', paths[odd]!, numbers[odd]!);
    const ofStreams = numbers.slice(parameters.length);
    const outputs: Record<string, OutputGradient[]> = Object.create(null);
    for (const stackPath of Object.keys(model.stacks())) {
      const own = streams
        .map((stream, i) => ({ ...stream, norm: ofStreams[i]! }))
        .filter((stream) => stream.stackPath === stackPath);
      const top = own.at(-1)?.norm ?? 0;
      outputs[stackPath] = own.map(({ depth, path, norm }) => ({
        depth,
        path,
        norm,
        relative: top > 0 ? norm / top : 0,
      }));
    }
    return {
      loss: (await value.data())[0]!,
      outputs,
      parameters: Object.fromEntries(parameters.map(({ path }, i) => [path, numbers[i]!])),
    };
  } finally {
    tf.dispose([value, norms]);
  }
};
