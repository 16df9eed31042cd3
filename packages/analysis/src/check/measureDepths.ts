import { invalidArgument, type Stacked, SteadyformerError } from '@steadyformer/core';
import { measureBranches } from '../measure/branches';
import { type Loss, outputChange, type WeightChange } from '../measure/outputChange';
import { residualsOf } from '../measure/residuals';
import type { Perturbation } from '../theory/description';
import { type GrowthClass, seenAs } from '../theory/growthClass';
import { describeModel } from '../theory/model';
import { predict } from '../theory/predict';
import type { ChangeAt } from '../theory/step';
import { type Remedy, remedyFor } from './remedy';

/** What is checked at one depth. The check disposes both. */
export interface DepthSubject<Batch> {
  readonly model: Stacked<Batch>;
  readonly batch: Batch;
}

/** Builds the architecture with `depth` blocks, weights and data drawn from `seed`. */
export type Build<Batch> = (
  depth: number,
  seed: number,
) => DepthSubject<Batch> | Promise<DepthSubject<Batch>>;

/** A change of the weights whose loss, where it needs one, is made from each model. */
export type CheckedChange<Batch> =
  | Exclude<WeightChange<Batch>, { readonly kind: 'gradient' }>
  | {
      readonly kind: 'gradient';
      readonly size: number;
      readonly loss: (model: Stacked<Batch>) => Loss<Batch>;
    };

/** One network, measured and predicted at some depths of one stack. */
export interface MeasuredDepths {
  readonly stackPath: string;
  readonly inputChange: number;
  /** Whether theory knows C, or predictions are in units of it. */
  readonly constantKnown: boolean;
  /** s_0 over the mean branch variance. */
  readonly offset?: number;
  /** Growth over the prefixes of this network, where theory derives one for such a change. */
  readonly growth?: GrowthClass;
  readonly remedy: Remedy;
  readonly points: readonly {
    readonly blocks: number;
    readonly depth: number;
    readonly change: number;
    readonly norm: number;
    readonly predicted: ChangeAt;
  }[];
}

/**
 * Measures and predicts a network at the ends of its first `blocks[i]` blocks.
 *
 * @throws SteadyformerError on a stack that the model does not have
 */
export const measureDepths = async <Batch>(
  { model, batch }: DepthSubject<Batch>,
  change: CheckedChange<Batch>,
  seed: number,
  wantedStack: string | undefined,
  blocks: readonly number[],
): Promise<MeasuredDepths> => {
  residualsOf(model, 'depthCheck()');
  const stackPath = wantedStack ?? Object.keys(model.stacks())[0]!;
  const stack = model.stacks()[stackPath];
  if (!stack) {
    throw invalidArgument({
      what: 'depthCheck() stack',
      received: stackPath,
      allowed: Object.keys(model.stacks()).join(', '),
    });
  }
  const perBlock = stack.subLayers().length / stack.layers.length;
  const ends = blocks.map((count) => count * perBlock);
  const measured = await outputChange(model, batch, {
    change: change.kind === 'gradient' ? { ...change, loss: change.loss(model) } : change,
    seeds: [seed],
    depths: ends,
  });
  const { variances, input, tokens } = await measureBranches(model, batch);
  const { branches } = (await describeModel(model))[stackPath]!;
  // Without closed forms, or for a gradient, the theory leaves C open.
  const known =
    change.kind !== 'gradient' && branches.every(({ form, moments }) => (form ?? moments) !== undefined);
  const perturbation: Perturbation = known ? change : { kind: 'unit' };
  const at = measured[stackPath]!;
  const inputChange = at[0]!.change.mean;
  const predictions = await predict(model, { variances, input, tokens, perturbation, inputChange });
  const s0 = input[stackPath]?.variance;
  const sum = branches.slice(0, ends.at(-1)).reduce((total, { path }) => total + (variances[path] ?? 0), 0);
  const predicted = change.kind === 'gradient' ? undefined : predictions[stackPath]!.growth?.class;
  const growth = predicted && seenAs(predicted);
  const byDepth = new Map(at.map((entry) => [entry.depth, entry]));
  return {
    stackPath,
    inputChange,
    constantKnown: known,
    ...(s0 !== undefined && sum > 0 ? { offset: (s0 * ends.at(-1)!) / sum } : {}),
    ...(growth ? { growth } : {}),
    remedy: remedyFor(branches),
    points: ends.map((depth, i) => {
      const entry = byDepth.get(depth);
      const predicted = predictions[stackPath]!.outputChange[depth - 1];
      if (!entry || !predicted) {
        throw new SteadyformerError(
          `depthCheck(): build(${blocks.at(-1)}) made a stack without ${depth} residual branches; depth must count blocks`,
        );
      }
      return {
        blocks: blocks[i]!,
        depth,
        change: entry.change.mean,
        norm: entry.squaredNorm,
        predicted,
      };
    }),
  };
};
