import type { Claim } from '../../framework/item';
import { judge, type Range, shown } from '../../framework/statistics';
import { LABELS, METHODS, type Method } from '../../measure/methods';
import { corporaOf, leaning, type Point, runsOf } from './points';

/** Of each seed, one method's quantity less another's. */
const less = (
  points: readonly Point[],
  corpus: string,
  [one, other]: readonly [Method, Method],
  of: (p: Point) => number,
): number[] => {
  const others = runsOf(points, corpus, other);
  return runsOf(points, corpus, one).map((each, i) => of(each) - of(others[i]!));
};

const claimsOfCorpus = (points: readonly Point[], corpus: string): Claim[] => {
  const score = (pair: readonly [Method, Method], bound: number, says: string, found = ''): Claim => {
    const differences = less(points, corpus, pair, ({ bleu }) => bleu);
    return {
      claim: `${corpus}: ${LABELS[pair[0]]} ${says} ${LABELS[pair[1]]}, BLEU less the other's above ${bound}`,
      word: judge(differences, { above: bound }, { below: bound }),
      found: `${shown(differences)}${found}`,
    };
  };
  const all = (of: (p: Point) => number): string =>
    METHODS.map((method) => `${LABELS[method]} ${shown(runsOf(points, corpus, method).map(of))}`).join(', ');
  const trained = METHODS.every((method) =>
    runsOf(points, corpus, method).every(({ diverged }) => !diverged),
  );
  const lean = trained ? less(points, corpus, ['postLN', 'preLN'], leaning) : [];
  const range: Range = { above: 0.05 };
  return [
    score(['admin', 'postLN'], -0.5, 'is as good as', `; ${all(({ bleu }) => bleu)}`),
    score(['admin', 'preLN'], 0, 'is better than'),
    score(['postLN', 'preLN'], 0, 'is better than'),
    {
      claim: `${corpus}: Post-LN leans more on its own branches than Pre-LN, mean beta_ii larger by 0.05`,
      word: judge(lean, range, { below: 0.05 }),
      found: trained ? `${shown(lean)}; ${all(leaning)}` : 'not all runs came to an end',
    },
  ];
};

export const claimsOf = (points: readonly Point[]): Claim[] =>
  corporaOf(points).flatMap((corpus) => claimsOfCorpus(points, corpus));
