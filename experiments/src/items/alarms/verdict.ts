import type { Claim } from '../../framework/item';
import { judge, shown } from '../../framework/statistics';
import { isHealthy } from './outcome';
import type { Kind, Point } from './points';
import { defaults, harmedOf, warnedAt } from './rates';

const firstWarning = (run: Point): number | null => {
  const updates = Object.entries(defaults()).flatMap(
    ([kind, threshold]) => warnedAt(run, kind as Kind, threshold) ?? [],
  );
  return updates.length === 0 ? null : Math.min(...updates);
};

const told = (samples: readonly number[]): string =>
  samples.length === 0 ? 'no such network' : shown(samples);

/** Claims about networks of even seeds. Their values were in view when the defaults were set: see the README. */
export const claimsOf = (points: readonly Point[]): Claim[] => {
  const held = (run: Point): boolean => run.seed % 2 === 0;
  const healthy = points.filter((run) => isHealthy(run) && held(run));
  const harmed = harmedOf(points).filter(({ run }) => held(run));
  const alarms = healthy.map((run) => (firstWarning(run) === null ? 0 : 1));
  const before = harmed.map(({ run, at }) => {
    const update = firstWarning(run);
    return update !== null && update < at ? 1 : 0;
  });
  const rates = harmed.filter(({ run }) => ['rate10', 'rate30', 'risingRate'].includes(run.fault));
  const leads = rates.map(({ run, at }) => at - (firstWarning(run) ?? at));
  return [
    {
      claim: 'healthy networks: the share with any warning is below 0.25',
      word: judge(alarms, { below: 0.25 }, { above: 0.25 }),
      found: told(alarms),
    },
    {
      claim: 'harmed networks: the share warned of before the loss leaves the healthy band is above 0.5',
      word: judge(before, { above: 0.5 }, { below: 0.5 }),
      found: told(before),
    },
    {
      claim: 'harmed by the learning rate: updates from the first warning to that, above 0',
      word: judge(leads, { above: 0 }, { below: 0 }),
      found: told(leads),
    },
  ];
};
