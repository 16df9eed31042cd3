import {
  dependencyFigure,
  describeModel,
  measureBranches,
  type Perturbation,
  type Prediction,
  predict,
} from '@steadyformer/analysis';
import { type FullConfig, invalidArgument } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { CommandResult } from '../../output/outputFiles';
import { table } from '../../output/table';
import { DESCRIBED_WIDTH, type ModelOptions, sizesOf } from '../options';
import { type Architecture, architecturesOf } from '../subject/architectures';
import { describedStacks } from '../subject/describedStacks';
import { type CommandContext, provenanceOfCommand } from './command';

export interface PredictCommand extends ModelOptions {
  readonly stack?: string;
  readonly size: number;
}

/** Theory alone for what is described; of saved models the branch variances of a batch are measured first. */
export const runPredict = async (
  options: PredictCommand,
  { args }: CommandContext,
): Promise<CommandResult> => {
  const architectures = await architecturesOf(
    { ...options, width: options.width ?? DESCRIBED_WIDTH },
    sizesOf(options),
  );
  const perturbation = { kind: 'sign', size: options.size, embedding: true } as const;
  const predictions: [string, Prediction][] = [];
  for (const architecture of architectures) {
    // Stacks of any kind have no closed forms by name: their branches are measured.
    const measured = architecture.saved || architecture.config.kind === 'stacks';
    const found = measured
      ? await predictMeasured(architecture, perturbation)
      : predictDescribed(architecture.config as FullConfig, options, perturbation);
    const wanted = Object.entries(found).filter(([stack]) => stack === (options.stack ?? stack));
    if (wanted.length === 0) {
      throw invalidArgument({
        what: `--stack of ${architecture.name}`,
        received: options.stack,
        allowed: Object.keys(found).join(', '),
      });
    }
    for (const [stack, prediction] of wanted) {
      predictions.push([wanted.length > 1 ? `${architecture.name} ${stack}` : architecture.name, prediction]);
    }
  }
  const headers = [
    ...['architecture', 'N', 'path', 'omega', 'Var[a]', 'beta_ii', 'D_N', 'gradient'],
    ...['correlation', 'entropy', 'largest logit'],
  ];
  const rows = predictions.flatMap(([name, prediction]) =>
    prediction.branches.map((branch, i) => [
      ...[name, i + 1, branch.path, branch.omega, branch.variance, branch.beta],
      prediction.outputChange[i]!.change,
      prediction.gradients.relative[i + 1]!,
      branch.tokenCorrelation,
      branch.attentionEntropy ?? '',
      branch.largestLogit ?? '',
    ]),
  );
  const growth = predictions.map(([name, { growth }]) =>
    growth
      ? `${name}: ${growth.notation} over ${growth.over} (${growth.decided})${growth.offset === undefined ? '' : `, c = s_0 / v = ${growth.offset.toFixed(2)}`}`
      : `${name}: too few branches to tell`,
  );
  const computed = options.model.length > 0;
  return {
    text: `${table(headers, rows)}\n\n${growth.join('\n')}`,
    headers,
    rows,
    json: {
      provenance: await provenanceOfCommand(args, options, architectures, computed),
      predictions: Object.fromEntries(predictions),
    },
    figure: dependencyFigure(
      Object.fromEntries(predictions.map(([name, { dependency }]) => [name, dependency])),
      'Predicted layer dependency',
    ),
  };
};

const predictMeasured = async (
  { build }: Architecture,
  perturbation: Perturbation,
): Promise<Readonly<Record<string, Prediction>>> => {
  const { model, batch } = await build(1);
  try {
    const branches = Object.values(await describeModel(model)).flatMap((stack) => stack.branches);
    // Without closed forms the theory leaves C open: D_N is in units of it.
    const known = branches.every(({ form }) => form);
    const measured = await measureBranches(model, batch);
    return await predict(model, { ...measured, perturbation: known ? perturbation : { kind: 'unit' } });
  } finally {
    model.dispose();
    tf.dispose(batch as tf.TensorContainer);
  }
};

const predictDescribed = (
  config: FullConfig,
  { length }: PredictCommand,
  perturbation: Perturbation,
): Readonly<Record<string, Prediction>> =>
  Object.fromEntries(
    Object.entries(describedStacks(config, { count: length }, 'predict')).map(([stack, description]) => [
      stack,
      predict(description, { perturbation }),
    ]),
  );
