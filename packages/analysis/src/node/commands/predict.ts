import { dependencyFigure } from '../../figures/dependency';
import { predict } from '../../theory/predict';
import { methodNamed } from '../architectures';
import { provenance } from '../options';
import type { CommandResult } from '../outputFiles';
import { table } from '../table';

export interface PredictCommand {
  readonly architectures: readonly string[];
  readonly depth: number;
  readonly stack: 'encoder' | 'decoder';
  readonly width: number;
  readonly ffn?: number;
  readonly length: number;
  readonly size: number;
}

/** x_0 of a token embedding with sinusoidal positions: E[x^2] = 1.5, of which the positions' mean is a part. */
const EMBEDDED = { variance: 1.33, secondMoment: 1.5, correlation: 0.19 };

/** Theory alone, for each architecture. */
export const runPredict = (options: PredictCommand): CommandResult => {
  const { architectures, depth, stack, width, ffn = 4 * width, length, size } = options;
  const predictions = architectures.map((name) => ({
    name,
    prediction: predict(
      {
        method: methodNamed(name),
        depth,
        stack,
        width,
        feedForward: ffn,
        input: EMBEDDED,
        tokens: { count: length },
      },
      { perturbation: { kind: 'sign', size, embedding: true } },
    ),
  }));
  const headers = ['architecture', 'N', 'path', 'omega', 'Var[a]', 'beta_ii', 'D_N', 'gradient'];
  const rows = predictions.flatMap(({ name, prediction }) =>
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
  const growth = predictions.map(({ name, prediction: { growth } }) =>
    growth
      ? `${name}: ${growth.notation} over ${growth.over} (${growth.decided})${growth.offset === undefined ? '' : `, c = s_0 / v = ${growth.offset.toFixed(2)}`}`
      : `${name}: too few branches to tell`,
  );
  const [first] = predictions;
  return {
    text: `${table(headers, rows)}\n\n${growth.join('\n')}`,
    headers,
    rows,
    json: {
      provenance: provenance('predict', options, 'none'),
      predictions: Object.fromEntries(predictions.map(({ name, prediction }) => [name, prediction])),
    },
    figure: dependencyFigure(first!.prediction.dependency, `Predicted layer dependency, ${first!.name}`),
  };
};
