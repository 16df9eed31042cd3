import type { GrowthClass } from '../theory/growthClass';
import type { Evidence } from './evidence';
import type { Finding } from './finding';
import { TOLERANCE } from './laws';
import type { Remedy } from './remedy';

/** What to do about it. */
export const remedyText = (finding: Finding, known: GrowthClass | undefined, evidence: Evidence): string => {
  if (evidence.alongGradient) {
    return 'Changes along a gradient agree from layer to layer and add up, in steady architectures too: compare the values of two, not the law.';
  }
  switch (finding.word) {
    case 'amplifies':
      return `Each step moves the output of a deep network in proportion to its depth; ${AMPLIFIED[evidence.remedy]}.`;
    case 'steady':
      return `Deep networks of this kind stay steady at the start of training.${known ? '' : ` To tell the law, ${more(finding, evidence)}.`}`;
    case 'lazy':
      return 'Deep networks of this kind are lazy at the start of training: steady, but their branches hardly learn until their scales have grown.';
    case 'cannot tell':
      return `To tell, ${more(finding, evidence)}.`;
  }
};

const AMPLIFIED: Readonly<Record<Remedy, string>> = {
  profile: 'its shortcut scales are still 1: set them from a batch with adminInit()',
  scale: 'scale the shortcut, for instance with admin()',
  branches: 'weaken the branches with depth, or normalise what they read',
};

/** Networks beyond which wider ones are the better way. */
const MANY = 40;
/** Distance of two laws' exponents that a dozen networks can see. */
const APART = 0.3;
/** Distance that no number of networks helps. */
const HARDLY = 0.12;

/** What more to measure, by what is missing. */
const more = ({ exponent, theory, expected }: Finding, evidence: Evidence): string => {
  const { networks, depths } = evidence;
  const count = networks.length;
  if (!exponent)
    return `use more depths: ${depths.length} of them are too few where branches hardly move the output`;
  const { value, interval } = exponent.estimate;
  if (!interval) return 'use several networks (5 seeds or more)';
  if (theory?.contradicted) {
    return 'use wider networks, more tokens and more seeds: narrow networks leave the theory where their token vectors grow alike; if the contradiction stays, believe the measurement';
  }
  const log = expected.find((law) => law.class === 'logarithmic')!;
  const gap = 1 - log.high;
  if (gap < HARDLY) return `use deeper networks: ${turnover(evidence)}`;
  const steps: string[] = [];
  if (gap < APART && value > log.low - TOLERANCE) steps.push(`deeper networks: ${turnover(evidence)}`);
  const half = (interval[1] - interval[0]) / 2;
  const wanted = Math.ceil(count * (half / Math.max(gap / 2, APART / 4)) ** 2);
  if (wanted > count) {
    steps.push(
      wanted <= MANY
        ? `more networks (${wanted} seeds)`
        : 'wider networks or more tokens, which scatter less',
    );
  }
  return `use ${steps.length > 0 ? steps.join('; and ') : `more networks (${2 * count} seeds)`}`;
};

/** The depth where ln(1 + N / c) has turned over, beyond the deepest measured. */
const turnover = ({ depths, offset = 4 }: Evidence): string =>
  `a logarithm turns over near N = s_0 / v = ${offset.toPrecision(2)} residual branches, so go to ` +
  `N = ${Math.max(2 * depths.at(-1)!, Math.ceil(8 * offset))} or more`;
