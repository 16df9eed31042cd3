import type { WatchWarning } from './report';
import { type Place, type Seen, SIGNALS } from './signals';
import { WATCH_THRESHOLDS, type WatchThresholds } from './thresholds';

const short = (x: number): string =>
  Math.abs(x) >= 0.01 && Math.abs(x) < 1000 ? x.toFixed(2) : x.toExponential(1);

/** What of a report crosses the thresholds; of each kind only the worst place, with the number of others. */
export const warningsOf = (seen: Seen, limits: WatchThresholds): WatchWarning[] => {
  const kinds = Object.keys(SIGNALS) as (keyof WatchThresholds)[];
  return [...notFinite(seen), ...kinds.flatMap((kind) => crossed(kind, seen, limits[kind]))];
};

const crossed = (kind: keyof WatchThresholds, seen: Seen, limit: number): WatchWarning[] => {
  const { places, say } = SIGNALS[kind];
  const sign = WATCH_THRESHOLDS[kind].warns === 'above' ? 1 : -1;
  const beyond = places(seen)
    .filter(({ value }) => sign * (value - limit) > 0)
    .sort((a, b) => sign * (b.value - a.value));
  const [worst] = beyond;
  if (!worst) return [];
  const others = beyond.length > 1 ? ` (and ${beyond.length - 1} more)` : '';
  return [{ kind, ...worst, message: say(worst.path, short(worst.value), others) }];
};

const notFinite = (seen: Seen): WatchWarning[] => {
  const { gradientNorm } = seen;
  const places: readonly Place[] = [
    ...SIGNALS.branchRatio.places(seen),
    ...SIGNALS.updateRatio.places(seen),
    ...(gradientNorm === undefined ? [] : [{ path: '', value: gradientNorm }]),
  ];
  const odd = places.find(({ value }) => !Number.isFinite(value));
  if (!odd) return [];
  const message = `${odd.path || 'the gradient norm'} is ${odd.value}: go back to the last checkpoint, and lower the learning rate or clip gradients`;
  return [{ kind: 'notFinite', ...odd, message }];
};
