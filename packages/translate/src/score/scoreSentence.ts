import type { MetricScores, ScoreReport, SystemScore } from './scoreSystems';

const fixed = (value: number): string => value.toFixed(1);
const signed = (value: number): string => `${value < 0 ? '-' : '+'}${fixed(Math.abs(value))}`;

const estimate = ({ score, halfWidth }: SystemScore): string =>
  halfWidth === undefined ? fixed(score) : `${fixed(score)} ± ${fixed(halfWidth)}`;

/** A p-value as papers print it: what the resamples can tell, no finer. */
const probability = (pValue: number, samples: number): string => {
  const least = 1 / (samples + 1);
  return pValue <= least ? `p < ${Math.max(0.001, least).toPrecision(1)}` : `p = ${pValue.toFixed(3)}`;
};

const listed = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;

const differenceOf = (
  { metric, systems }: MetricScores,
  { score, pValue = 1 }: SystemScore,
  samples: number,
): string => {
  const difference = score - systems[0]!.score;
  return `${signed(difference)} ${metric} (${probability(pValue, samples)})`;
};

/** What a paper would print of a report: scores with their intervals, differences with their p-values, signatures. */
export const scoreSentence = ({ sentences, samples, metrics }: ScoreReport): string => {
  const [first] = metrics;
  if (!first) return '';
  const of = (i: number): string =>
    listed(metrics.map(({ metric, systems }) => `${metric} ${estimate(systems[i]!)}`));
  const parts = first.systems.map(({ system, pValue }, i) => {
    const scores = `${system} has ${of(i)}`;
    if (pValue === undefined) return scores;
    const differences = metrics.map((each) => differenceOf(each, each.systems[i]!, samples));
    return `${scores}, against ${first.systems[0]!.system} ${listed(differences)}`;
  });
  const bootstrap =
    samples === 0
      ? ''
      : ` Intervals are of 95 %${first.systems.length > 1 ? ', p-values of paired bootstrap resampling' : ''}, by ${samples} resamples (Koehn, 2004).`;
  const signatures = metrics.map(({ metric, signature }) => `${metric} ${signature}`).join('; ');
  return `On ${sentences} sentences ${parts.join('; ')}.${bootstrap} sacreBLEU signatures: ${signatures}.`;
};
