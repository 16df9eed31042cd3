import {
  dependencyFigure,
  describeModel,
  type MethodDescription,
  measureBranches,
  type Perturbation,
  type Prediction,
  predict,
} from '@steadyformer/analysis';
import {
  type FullConfig,
  invalidArgument,
  methodFrom,
  type StackConfig,
  SteadyformerError,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { CommandResult } from '../../output/outputFiles';
import { table } from '../../output/table';
import { DESCRIBED_WIDTH, type ModelOptions, sizesOf } from '../options';
import { type Architecture, architecturesOf } from '../subject/architectures';
import { type CommandContext, provenanceOfCommand } from './command';

export interface PredictCommand extends ModelOptions {
  readonly stack?: string;
  readonly size: number;
}

/** x_0 of a token embedding with sinusoidal positions: E[x^2] = 1.5, of which the positions' mean is a part. */
const EMBEDDED = { variance: 1.33, secondMoment: 1.5, correlation: 0.19 };

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
  const headers = ['architecture', 'N', 'path', 'omega', 'Var[a]', 'beta_ii', 'D_N', 'gradient'];
  const rows = predictions.flatMap(([name, prediction]) =>
    prediction.branches.map(({ path, omega, variance, beta }, i) => [
      name,
      i + 1,
      path,
      omega,
      variance,
      beta,
      prediction.outputChange[i]!.change,
      prediction.gradients.relative[i + 1]!,
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
): Readonly<Record<string, Prediction>> => {
  const { width, feedForward, activation } = config;
  if (activation !== 'relu') {
    throw new SteadyformerError(
      `predict: closed forms hold for relu and the config says ${activation}; depth-check measures the variances`,
    );
  }
  const describe = (stack: 'encoder' | 'decoder', { depth, method, block }: StackConfig): Prediction => {
    const kinds = block?.map(({ name, module }) => module ?? name);
    const description: MethodDescription = {
      method: methodFrom(method),
      depth,
      stack,
      width,
      feedForward,
      input: !('vocabulary' in config) || config.vocabulary === undefined ? { variance: 1 } : EMBEDDED,
      tokens: { count: length },
      ...(kinds ? { block: kinds } : config.kind === 'languageModel' ? { block: SELF_ONLY } : {}),
    };
    return predict(description, { perturbation });
  };
  return {
    ...('encoder' in config ? { encoder: describe('encoder', config.encoder) } : {}),
    ...('decoder' in config ? { decoder: describe('decoder', config.decoder) } : {}),
  };
};

/** The block of a decoder without an encoder. */
const SELF_ONLY = ['selfAttention', 'feedForward'];
