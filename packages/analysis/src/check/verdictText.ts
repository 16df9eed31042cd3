import { mean } from '@steadyformer/core';
import { type GrowthClass, NOTATION } from '../theory/growthClass';
import type { Evidence } from './evidence';
import type { Finding } from './finding';
import type { ExpectedExponent } from './laws';

/** The verdict and its grounds. */
export const verdictText = (finding: Finding, known: GrowthClass | undefined, evidence: Evidence): string =>
  [head(finding, known, evidence), grounds(finding, evidence), theoryText(finding, evidence)]
    .filter((sentence) => sentence !== '')
    .join(' ');

const head = (
  { word, open, exponent }: Finding,
  known: GrowthClass | undefined,
  { depths, networks }: Evidence,
): string => {
  const [first, last] = [depths[0]!, depths.at(-1)!];
  const [low, high] = [0, depths.length - 1].map((k) =>
    networks.reduce((sum, { changes }) => sum + changes[k]!, 0),
  ) as [number, number];
  const range = `${low > 0 ? `${(high / low).toFixed(1)} times` : 'none'} from ${first} to ${last} residual branches`;
  if (word === 'cannot tell') {
    const laws = open.length > 1 ? `: ${open.map((each) => NOTATION[each]).join(' or ')}` : '';
    return `Cannot tell from these depths and widths how the output change grows${laws} (${range}).`;
  }
  if (!exponent) return `The branches' changes hardly move the output at any depth (${range}).`;
  if (known === 'constant') return `The output change does not grow with depth, O(1): ${range}.`;
  if (known) return `The output change grows as ${NOTATION[known]}: ${range}.`;
  const laws =
    word === 'amplifies' ? 'O(N) or more' : word === 'lazy' ? 'not at all: it falls' : 'less than O(N)';
  return `The output change grows ${word === 'lazy' ? laws : `as ${laws}`}: ${range}.`;
};

const grounds = ({ exponent, expected }: Finding, { networks }: Evidence): string => {
  if (!exponent) return '';
  const { value, interval } = exponent.estimate;
  const shown = interval
    ? ` (95 % interval ${interval.map(digits).join(' to ')} over ${networks.length} networks)`
    : ' (of one network, hence without an interval)';
  const laws = expected
    .filter((law) => law.class !== 'superlinear')
    .map((law) => `${NOTATION[law.class]} ${exponents(law)}`);
  return `Its growth exponent is ${digits(value)}${shown}; the laws' own at these depths: ${laws.join(', ')}.`;
};

const exponents = ({ low, high }: ExpectedExponent): string => {
  if (!Number.isFinite(low)) return `${high} or less`;
  return digits(low) === digits(high) ? digits(low) : `${digits(low)} to ${digits(high)}`;
};

const theoryText = ({ theory }: Finding, evidence: Evidence): string => {
  if (evidence.alongGradient || !theory) return '';
  const predicted = `${NOTATION[theory.class]}${Number.isFinite(theory.exponent) ? ` (${digits(theory.exponent)} here)` : ''}`;
  return theory.contradicted
    ? `This contradicts the theory, which predicts ${predicted} for these networks.`
    : `Theory predicts ${predicted}; ${agreement(evidence)}.`;
};

/** How near the measured means are to theory's values, or to its shape where it leaves the constant open. */
const agreement = ({ networks, predicted, constantKnown, r2 }: Evidence): string => {
  if (!constantKnown) return `its shape explains ${(100 * Math.max(0, r2)).toFixed(1)} % of it`;
  const shares = predicted.map((value, k) => mean(networks.map(({ changes }) => changes[k]!)) / value);
  return `measured over predicted is ${digits(Math.min(...shares))} to ${digits(Math.max(...shares))}`;
};

const digits = (x: number): string => x.toFixed(2);
