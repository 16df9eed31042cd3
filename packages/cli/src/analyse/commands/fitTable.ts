import type { DepthCheck, Estimate, GrowthFit, TheoryFit, Verdict } from '@steadyformer/analysis';
import { type Cell, format, table } from '../../output/table';

/** What was fitted to the changes of one architecture; of another program's theory may not be known. */
interface Fitted extends Pick<DepthCheck, 'predictedOffset'> {
  readonly fit: GrowthFit;
  readonly theory?: TheoryFit;
}

/** The laws fitted to each, and theory where it is. */
export const fitTable = (checks: Readonly<Record<string, Fitted>>): string =>
  table(
    ['architecture', 'law', 'R2', 'AICc', 'parameters (95 % intervals)'],
    Object.entries(checks).flatMap(([name, check]) => {
      const { fit, theory, predictedOffset } = check;
      return [
        ...fit.fits.map(({ formula, r2, aicc, parameters }) => [
          name,
          formula,
          Number(r2.toFixed(4)),
          Number(aicc.toFixed(1)),
          Object.entries(parameters)
            .map(([key, value]) => `${key} ${estimate(value)}`)
            .join('  ') +
            ('c' in parameters && fit.class === 'logarithmic' && predictedOffset !== undefined
              ? `, predicted s_0 / v ${format(predictedOffset)}`
              : ''),
        ]),
        ...(theory ? [theoryRow(name, theory)] : []),
      ];
    }),
  );

const estimate = ({ value, interval }: Estimate): string =>
  interval ? `${format(value)} [${interval.map(format).join(', ')}]` : format(value);

const theoryRow = (name: string, { r2, constant, predictedConstant }: TheoryFit): Cell[] => [
  name,
  'D_0 + C sum beta_ii^2',
  Number(r2.toFixed(4)),
  '',
  `C ${estimate(constant)}` +
    (predictedConstant === undefined ? '' : `, predicted ${format(predictedConstant)}`),
];

/** A verdict in a line. */
export const verdictLine = (name: string, { word, notation, text }: Verdict): string =>
  `${name}: ${word === 'cannot tell' ? '' : `${notation}, ${word}. `}${text}`;
