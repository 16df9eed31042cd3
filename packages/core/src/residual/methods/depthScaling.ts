import { checkInteger, checkOptions } from '../../checks/errors';
import { timesNorm } from '../../layers/timesNorm';
import { ONE, type ResidualMethod } from '../residual';
import type { TrainingFactors, TrainingSite } from '../training';

/** Options of `completeP` and `depthMuP`: the model that rate, epsilon and weight decay were found for. */
export interface DepthScalingOptions {
  /** Its blocks, a stack. Default 2. */
  readonly baseDepth?: number;
  /** Its width. Default: that of every model, so that width changes nothing. */
  readonly baseWidth?: number;
}

/** Multiples of the base model: of its depth and of its width. */
interface Multiples {
  readonly depth: number;
  readonly width: number;
}

/**
 * Factors on what Adam has (Dey et al. 2025, table 1 and equation 40; their code's `configure_optimizers`), for a branch
 * times depth^-exponent. Tables start at D^(-1/2) here and are multiplied by D^(1/2) on their way in, where the paper's
 * start at a constant: the same training in these units takes a rate and an epsilon times width^(-1/2).
 */
const factorsOf = (
  { role, place, path }: TrainingSite,
  { depth, width }: Multiples,
  exponent: number,
): TrainingFactors => {
  if (role === 'embedding' || role === 'output') {
    // Vectors of positions are added as they are.
    if (path.endsWith('positionTable')) return { epsilonFactor: 1 / width };
    const root = Math.sqrt(width);
    return { rateFactor: 1 / root, epsilonFactor: 1 / root, weightDecayFactor: root };
  }
  if (!place) return { epsilonFactor: 1 / width };
  const rate = depth ** (exponent - 1);
  const epsilonFactor = depth ** -exponent / width;
  return role === 'matrix'
    ? { rateFactor: rate / width, epsilonFactor, weightDecayFactor: width }
    : { rateFactor: rate, epsilonFactor };
};

/** x' = x + m^-exponent f(LN(x)), m the depth over that of the base model, trained by the factors above. */
export const depthScaling = (
  name: string,
  exponent: number,
  options: DepthScalingOptions,
): ResidualMethod => {
  checkOptions(options, ['baseDepth', 'baseWidth'], `${name}()`);
  const { baseDepth = 2, baseWidth } = options;
  checkInteger(`${name}() baseDepth`, baseDepth);
  if (baseWidth !== undefined) checkInteger(`${name}() baseWidth`, baseWidth);
  const logits =
    baseWidth === undefined
      ? 'layer'
      : timesNorm(`sqrt(${baseWidth}/D) LN`, 'layer', (width) => Math.sqrt(baseWidth / width));
  return {
    name,
    options: { ...options },
    plan: ({ depth }) => ({
      residual: {
        before: 'layer',
        shortcutScale: ONE,
        branchScale: { kind: 'constant', value: (depth / baseDepth) ** -exponent },
      },
    }),
    // What another stack reads makes no logits.
    finalNorm: ({ readBy }) => (Object.keys(readBy).length > 0 ? 'layer' : logits),
    training: (site) => {
      const width = baseWidth === undefined ? 1 : site.width / baseWidth;
      return factorsOf(site, { depth: site.stack.depth / baseDepth, width }, exponent);
    },
  };
};
