import type { Claim, Word } from '../../framework/item';
import { judge, meanOf, shown } from '../../framework/statistics';
import { hasFailed } from '../../measure/learning';
import { LABELS, type Method } from '../../measure/methods';
import { networks, type Point, type Setting, settingsOf } from './points';

/** How many of a method's networks fail at one place. */
interface Outcome {
  readonly failed: number;
  readonly of: number;
}

const fails = ({ failed, of }: Outcome): boolean => of >= 3 && failed === of;
const trains = ({ failed, of }: Outcome): boolean => of >= 3 && failed === 0;

const text = ({ depth, rate }: Setting): string => `${depth}-${depth} at ${rate}`;

export const claimsOf = (points: readonly Point[]): Claim[] => {
  const settings = settingsOf(points);
  const at = (method: Method, setting: Setting): Outcome => {
    const own = networks(points, method, setting);
    return { failed: own.filter(hasFailed).length, of: own.length };
  };
  const apart = (bad: Method, good: Method): Setting[] =>
    settings.filter((setting) => fails(at(bad, setting)) && trains(at(good, setting)));
  const worse = (bad: Method, good: Method): Setting[] =>
    settings.filter((setting) => at(bad, setting).failed > at(good, setting).failed);
  const enough = settings.every((setting) => at('postLN', setting).of >= 3);
  const worded = (agrees: boolean, disagrees: boolean): Word => {
    if (!enough) return 'cannot tell';
    if (agrees) return 'agrees';
    return disagrees ? 'disagrees' : 'cannot tell';
  };
  const count = (method: Method): string =>
    `${settings.filter((setting) => fails(at(method, setting))).length} of ${settings.length} settings`;
  const failing = (good: Method): Claim => {
    const found = apart('postLN', good);
    const smallest = found[0] ? `, the smallest ${text(found[0])}` : '';
    return {
      claim: `Post-LN fails in a setting in which ${LABELS[good]} trains`,
      word: worded(found.length > 0, worse('postLN', good).length === 0),
      found: `in ${found.length} of ${settings.length}${smallest}; Post-LN fails in ${count('postLN')}, ${LABELS[good]} in ${count(good)}`,
    };
  };
  const depths = [settings[0]!.depth, settings.at(-1)!.depth] as const;
  const share = (seed: number, depth: number): number =>
    meanOf(
      points
        .filter((each) => each.method === 'postLN' && each.seed === seed && each.depth === depth)
        .map((each) => (hasFailed(each) ? 1 : 0)),
    );
  const seeds = [...new Set(points.map(({ seed }) => seed))];
  const [shallow, deep] = depths.map((depth) => seeds.map((seed) => share(seed, depth))) as [
    number[],
    number[],
  ];
  const grown = deep.map((value, i) => value - shallow[i]!);
  const same = enough && grown.every((value) => value === 0);
  const reverse = apart('admin', 'postLN');
  return [
    failing('admin'),
    failing('preLN'),
    {
      claim: `depth hurts Post-LN: share of the rates at which it fails, ${depths[1]} blocks less ${depths[0]}, above 0`,
      word: same ? 'disagrees' : judge(grown, { above: 0 }, { below: 0 }),
      found: `${shown(grown)}; ${shown(deep)} and ${shown(shallow)}`,
    },
    {
      claim: 'Admin fails in no setting in which Post-LN trains',
      word: worded(worse('admin', 'postLN').length === 0, reverse.length > 0),
      found: `it does in ${reverse.length}; more of its networks fail in ${worse('admin', 'postLN').length}`,
    },
  ];
};
