import {
  callback,
  checkedBy,
  checkList,
  fields,
  invalidArgument,
  lossAndGradient,
  mean,
  methodTraining,
  Optimizer,
  type ParameterGroup,
  parseAs,
  type Stacked,
  SteadyformerError,
  type UpdateRule,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { line } from '../fit/line';
import { type Activations, activationsOf, disposeAll, OUTPUT, sizesOf } from './coordinates';
import type { Loss } from './loss';
import { notFinite, residualsOf } from './residuals';
import { above0, ruleOption } from './trainingOptions';

/** What is trained at one depth and width. The check disposes model and batch. */
export interface CoordinateSubject<Batch> {
  readonly model: Stacked<Batch>;
  readonly batch: Batch;
  readonly loss: Loss<Batch>;
}

/** Builds the architecture with `depth` blocks and `width` features, weights and data drawn from `seed`. */
export type CoordinateBuild<Batch> = (
  depth: number,
  width: number,
  seed: number,
) => CoordinateSubject<Batch> | Promise<CoordinateSubject<Batch>>;

/** Options of `coordinateCheck`. */
export interface CoordinateCheckOptions {
  /** Blocks, increasing. */
  readonly depths: readonly number[];
  /** Features, increasing. Default [128]. */
  readonly widths?: readonly number[];
  /** Numbers of updates after which is measured, increasing. Default [0, 1, 10, 100]. */
  readonly updates?: readonly number[];
  /** Networks, one a seed. Default [1]. */
  readonly seeds?: readonly number[];
  /** Default `adam()`. */
  readonly rule?: UpdateRule;
  /** The same at every depth and width. Default 1e-3. */
  readonly learningRate?: number;
  /** Parameters of a model that are trained in a way of their own; what its methods ask for comes on top. Default none. */
  readonly groups?: (model: Stacked<never>) => readonly ParameterGroup[];
  /** Called after each network with how many are done, and of how many. */
  readonly onNetwork?: (done: number, total: number) => void;
}

/** The size of one place's activations after some updates. */
export interface CoordinatePoint {
  /** Blocks. */
  readonly depth: number;
  readonly width: number;
  readonly seed: number;
  readonly update: number;
  /** The block whose output it is, such as `encoder.layers.3`, or `output`: what the model's call returns. */
  readonly path: string;
  /** Root mean square. */
  readonly size: number;
  /** Root mean square of the change since the start. */
  readonly change: number;
}

/** How changes go with depth, after so many updates: one line of the check. */
export interface CoordinateGrowth {
  readonly width: number;
  readonly update: number;
  /** The mean over blocks, or the model's output. */
  readonly of: 'blocks' | 'output';
  /** p of change ~ depth^p, by least squares of logarithms over the means of the networks: 0 where depth is no matter. */
  readonly exponent: number;
}

/** What `coordinateCheck` gives; plain data. */
export interface CoordinateCheck {
  readonly points: readonly CoordinatePoint[];
  /** One for each width and number of updates above 0. Empty with a single depth. */
  readonly growth: readonly CoordinateGrowth[];
}

const increasing = (least: number) => (values: readonly number[], what: string) => {
  const allowed = `increasing whole numbers >= ${least}`;
  checkList(what, values, allowed);
  const wrong = values.some((n, i) => !Number.isInteger(n) || n < (i === 0 ? least : values[i - 1]! + 1));
  if (wrong || values.length === 0) throw invalidArgument({ what, received: values, allowed });
};

const optionsSchema = () =>
  fields({
    depths: checkedBy(increasing(1)),
    widths: v.optional(checkedBy(increasing(1)), [128]),
    updates: v.optional(checkedBy(increasing(0)), [0, 1, 10, 100]),
    seeds: v.optional(checkedBy(increasing(0)), [1]),
    rule: ruleOption(),
    learningRate: v.optional(above0(), 1e-3),
    groups: v.optional(
      callback<NonNullable<CoordinateCheckOptions['groups']>>('a function of the model'),
      () => () => [],
    ),
    onNetwork: v.optional(callback<NonNullable<CoordinateCheckOptions['onNetwork']>>()),
  });

type Settings = Required<Omit<CoordinateCheckOptions, 'onNetwork'>>;

/**
 * The coordinate check of muP (Yang et al. 2022) with depth on its axis: trains an architecture at several depths, and
 * widths, by the same rate for some updates on one batch, and measures how far every block's activations and the output
 * have moved since the start. Where learning rates are to carry over from one depth to another, the curves of the changes
 * are flat in it.
 *
 * Dropout is off, also in training. `coordinateFigure` draws the result.
 *
 * @throws SteadyformerError on options it does not know, a model without residuals, and activations that are not finite
 */
export const coordinateCheck = async <Batch>(
  build: CoordinateBuild<Batch>,
  options: CoordinateCheckOptions,
): Promise<CoordinateCheck> => {
  const { onNetwork, ...settings } = parseAs(optionsSchema(), options, 'coordinateCheck()') as Settings &
    Pick<CoordinateCheckOptions, 'onNetwork'>;
  const { depths, widths, seeds } = settings;
  const points: CoordinatePoint[] = [];
  const total = widths.length * depths.length * seeds.length;
  let done = 0;
  for (const width of widths) {
    for (const depth of depths) {
      for (const seed of seeds) {
        const subject = await build(depth, width, seed);
        try {
          for (const point of await measureNetwork(subject, settings)) {
            points.push({ depth, width, seed, ...point });
          }
        } finally {
          subject.model.dispose();
          tf.dispose(subject.batch as tf.TensorContainer);
        }
        done += 1;
        onNetwork?.(done, total);
      }
    }
  }
  return { points, growth: growthOf(points, settings) };
};

const WHERE = 'coordinateCheck()';

const measureNetwork = async <Batch>(
  { model, batch, loss }: CoordinateSubject<Batch>,
  { updates, rule, learningRate, groups }: Settings,
): Promise<Pick<CoordinatePoint, 'update' | 'path' | 'size' | 'change'>[]> => {
  const sites = residualsOf(model, WHERE);
  const origin = await activationsOf(model, batch, sites, WHERE);
  const own = groups(model as unknown as Stacked<never>);
  const optimizer = new Optimizer(model.parameters(), rule, methodTraining(model, rule, own));
  const found: Pick<CoordinatePoint, 'update' | 'path' | 'size' | 'change'>[] = [];
  try {
    for (const update of updates) {
      while (optimizer.updates < update)
        step(optimizer, () => loss(batch, { training: false }), learningRate);
      const now: Activations = await activationsOf(model, batch, sites, WHERE);
      try {
        for (const [path, { size, change }] of await sizesOf(now, origin)) {
          if (!Number.isFinite(size + change))
            throw notFinite(`${WHERE} after ${update} updates`, path, size);
          found.push({ update, path, size, change });
        }
      } finally {
        disposeAll(now);
      }
    }
    return found;
  } finally {
    optimizer.dispose();
    disposeAll(origin);
  }
};

const step = (optimizer: Optimizer, loss: () => tf.Scalar, learningRate: number): void => {
  optimizer.prepare();
  const { loss: value, gradient } = lossAndGradient(optimizer.trained, loss);
  optimizer.step(gradient, learningRate);
  tf.dispose([value, gradient]);
};

const growthOf = (
  points: readonly CoordinatePoint[],
  { depths, widths, updates }: Settings,
): CoordinateGrowth[] => {
  if (depths.length < 2) return [];
  return widths.flatMap((width) =>
    updates
      .filter((update) => update > 0)
      .flatMap((update) =>
        (['blocks', 'output'] as const).map((of) => {
          const values = depths.map((depth) => {
            const own = points.filter(
              (point) =>
                point.width === width &&
                point.update === update &&
                point.depth === depth &&
                (point.path === OUTPUT) === (of === 'output'),
            );
            return { x: Math.log(depth), y: Math.log(mean(own.map(({ change }) => change))), weight: 1 };
          });
          const above = values.filter(({ y }) => Number.isFinite(y));
          if (above.length < 2) {
            throw new SteadyformerError(
              `${WHERE}: nothing has moved after ${update} updates at width ${width}: the loss does not depend on the weights`,
            );
          }
          return { width, update, of, exponent: line(above).slope };
        }),
      ),
  );
};
