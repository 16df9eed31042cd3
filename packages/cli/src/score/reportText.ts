import type { ScoreReport, SystemScore } from '@steadyformer/translate/node';
import { table } from '../output/table';

const cell = ({ score, halfWidth, pValue }: SystemScore): string => {
  const interval = halfWidth === undefined ? '' : ` ± ${halfWidth.toFixed(2)}`;
  return `${score.toFixed(2)}${interval}${pValue === undefined ? '' : `  p ${pValue.toFixed(4)}`}`;
};

/** A table of systems and metrics, and the signatures. */
export const reportText = ({ metrics, samples }: ScoreReport): string => {
  const systems = metrics[0]?.systems ?? [];
  const headers = [
    'system',
    ...metrics.map(({ metric, better }) => (better === 'lower' ? `${metric} (lower is better)` : metric)),
  ];
  const rows = systems.map(({ system }, i) => [system, ...metrics.map((each) => cell(each.systems[i]!))]);
  const signatures = metrics.map(({ metric, signature }) => `${metric}  ${signature}`);
  const meaning =
    samples === 0
      ? []
      : [
          `± half of the 95 % interval of ${samples} resamples${systems.length > 1 ? '; p of the difference to the first system, by paired bootstrap' : ''}`,
        ];
  return [table(headers, rows), ...meaning, '', ...signatures].join('\n');
};
