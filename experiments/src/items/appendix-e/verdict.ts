import type { Claim, Word } from '../../framework/item';
import { judge, meanOf, shown } from '../../framework/statistics';
import { depthsOf } from '../../measure/points';
import { hasLearned, LABELS, networks, type Point, type Start } from './points';

/** Held-out loss of each network less that of Admin's with the same seed. */
const behind = (points: readonly Point[], start: Start, depth: number): number[] => {
  const admins = networks(points, 'admin', depth);
  return networks(points, start, depth).map(({ heldOut }, i) => heldOut - admins[i]!.heldOut);
};

const learned = (own: readonly Point[]): string =>
  `${own.filter(hasLearned).length} of ${own.length} learned`;

const loss = (own: readonly Point[]): string => shown(own.map(({ heldOut }) => heldOut));

const allLearn = (own: readonly Point[]): Word => {
  if (own.length < 3) return 'cannot tell';
  if (own.every(hasLearned)) return 'agrees';
  return own.some(hasLearned) ? 'cannot tell' : 'disagrees';
};

export const claimsOf = (points: readonly Point[]): Claim[] => {
  const depths = depthsOf(points);
  const [shallow, deep] = [depths[0]!, depths.at(-1)!];
  const worse = (start: Start, depth: number): Claim => {
    const own = networks(points, start, depth);
    const differences = behind(points, start, depth);
    return {
      claim: `${depth} layers: ${LABELS[start]} learns less than Admin, held-out loss higher`,
      word: judge(differences, { above: 0 }, { below: 0 }),
      found: `by ${shown(differences)} nats; ${learned(own)}`,
    };
  };
  const deepAdmin = networks(points, 'admin', deep);
  const deepNorm = behind(points, 'deepNorm', deep);
  const both = (start: Start): string =>
    `${LABELS[start]} ${depths.map((depth) => meanOf(networks(points, start, depth).map(({ heldOut }) => heldOut)).toFixed(2)).join(' and ')}`;
  return [
    worse('reZero', shallow),
    {
      claim: `${deep} layers: Admin trains, held-out loss below the unigrams'`,
      word: allLearn(deepAdmin),
      found: `${learned(deepAdmin)}, ${loss(deepAdmin)} nats, unigrams ${deepAdmin[0]!.unigrams.toFixed(2)}; of ${depths.join(' and ')} layers ${both('postLN')}, ${both('preLN')}`,
    },
    worse('reZero', deep),
    worse('fixup', deep),
    worse('tFixup', deep),
    {
      claim: `${deep} layers: DeepNorm learns as Admin does, held-out loss within 0.1`,
      word: judge(
        deepNorm,
        { above: -0.1, below: 0.1 },
        meanOf(deepNorm) > 0 ? { above: 0.1 } : { below: -0.1 },
      ),
      found: `apart by ${shown(deepNorm)} nats; ${learned(networks(points, 'deepNorm', deep))}`,
    },
  ];
};
