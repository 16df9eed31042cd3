import type { WatchReport, WatchWarning } from './report';
import type { WatchThresholds } from './thresholds';

const short = (x: number): string =>
  Math.abs(x) >= 0.01 && Math.abs(x) < 1000 ? x.toFixed(2) : x.toExponential(1);

/** What of a report crosses the thresholds; of each kind only the worst place, with the number of others. */
export const warningsOf = (
  report: Omit<WatchReport, 'warnings'>,
  medianGradient: number | undefined,
  limits: WatchThresholds,
): WatchWarning[] => {
  const { branches, updates, gradientNorm, outputChange } = report;
  const found: WatchWarning[] = [];
  const worst = (
    kind: keyof WatchThresholds,
    entries: readonly { readonly path: string; readonly value: number }[],
    say: (path: string, value: string, others: string) => string,
  ): void => {
    const sorted = [...entries].sort((a, b) => b.value - a.value);
    const [first] = sorted;
    if (!first) return;
    const others = sorted.length > 1 ? ` (and ${sorted.length - 1} more)` : '';
    found.push({ kind, ...first, message: say(first.path, short(first.value), others) });
  };
  const odd = [
    ...branches.map(({ path, ratio }) => ({ path, value: ratio })),
    ...updates.map(({ path, ratio }) => ({ path, value: ratio })),
    ...(gradientNorm === undefined ? [] : [{ path: '', value: gradientNorm }]),
  ].find(({ value }) => !Number.isFinite(value));
  if (odd) {
    found.push({
      kind: 'notFinite',
      ...odd,
      message: `${odd.path || 'the gradient norm'} is ${odd.value}: go back to the last checkpoint, and lower the learning rate or clip gradients`,
    });
  }
  worst(
    'updateRatio',
    updates
      .map(({ path, ratio }) => ({ path, value: ratio }))
      .filter(({ value }) => value > limits.updateRatio),
    (path, value, others) =>
      `${path}${others} moved by ${value} of its norm in one step: lower the learning rate or lengthen the warm-up`,
  );
  worst(
    'branchRatio',
    branches
      .map(({ path, ratio }) => ({ path, value: ratio }))
      .filter(({ value }) => value > limits.branchRatio),
    (path, value, others) =>
      `the branch ${path}${others} is ${value} times its shortcut: profile again with admin(), or lower the learning rate`,
  );
  worst(
    'outputChange',
    Object.entries(outputChange)
      .map(([path, value]) => ({ path, value }))
      .filter(({ value }) => value > limits.outputChange),
    (path, value) =>
      `one step changes the output of ${path} by an estimated ${value} of its variance: lower the learning rate, or use admin() in a stack this deep`,
  );
  worst(
    'omegaDrift',
    branches
      .filter(({ omegaDrift }) => omegaDrift !== undefined && omegaDrift < limits.omegaDrift)
      .map(({ path, omegaDrift }) => ({ path, value: omegaDrift! })),
    (path, value, others) =>
      `omega of ${path}${others} has shrunk to ${value} of its start, so the stack depends more on this branch: lower the learning rate if the loss is unsteady`,
  );
  if (gradientNorm !== undefined && medianGradient && gradientNorm > limits.gradientSpike * medianGradient) {
    worst(
      'gradientSpike',
      [{ path: '', value: gradientNorm / medianGradient }],
      (_path, value) =>
        `the gradient norm is ${value} times its median: clip gradients, or lower the learning rate`,
    );
  }
  return found;
};
