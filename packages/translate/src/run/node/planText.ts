import { initialWeightsText, summaryText } from '@steadyformer/core';
import type { MeasuredUpdate, PlannedData, RunPlan } from '../runPlan';

const grouping = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const rounding = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

const whole = (value: number): string => grouping.format(value);
const rounded = (value: number): string => rounding.format(value);
/** 0.000216 as 2.16e-4. */
const rate = (value: number): string =>
  value === 0 || value >= 0.1 ? rounded(value) : value.toExponential(2).replace(/\.?0+e/, 'e');

const bytes = (count: number): string => {
  const [unit, size] = count >= 1e9 ? ['GB', 1e9] : count >= 1e6 ? ['MB', 1e6] : ['kB', 1e3];
  return `${rounded(count / (size as number))} ${unit}`;
};

const duration = (seconds: number): string => {
  if (seconds < 90) return `${rounded(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${whole(hours / 24)} days`;
};

const counted = (n: number, one: string, many = `${one}s`): string => `${whole(n)} ${n === 1 ? one : many}`;

const dataLines = (
  { train, valid, test, dropped, tooLong, batches, tokens, padding }: PlannedData,
  kind: RunPlan['kind'],
): string[] => {
  const things = kind === 'translation' ? 'pairs' : 'lines';
  const out = Object.entries(dropped).map(([reason, n]) => `${whole(n)} ${reason}`);
  if (tooLong > 0) out.push(`${whole(tooLong)} too long for a batch`);
  const sides =
    kind === 'translation'
      ? `${whole(tokens.source)} source and ${whole(tokens.target)} target tokens`
      : `${whole(tokens.target)} tokens`;
  return [
    `${whole(train)} ${things} to learn from, ${whole(valid)} to validate on, ${whole(test)} to test on`,
    ...(out.length > 0 ? [`left out: ${out.join(', ')}`] : []),
    `an epoch: ${counted(batches, 'batch', 'batches')}, ${sides}, ${rounded(100 * padding)} % padding`,
  ];
};

const vocabularyLine = ({ vocabulary: { source, target, shared, from } }: RunPlan): string => {
  const size = shared ? whole(target) : `${whole(source)} source and ${whole(target)} target`;
  const why = { learned: 'learned from the training text', file: 'read from its file', size: 'assumed' }[
    from
  ];
  return `${size} tokens, ${why}`;
};

const trainingLine = ({ training }: RunPlan): string => {
  const { updates, epochs, updatesAnEpoch, tokensAnUpdate } = training;
  if (epochs === undefined) return counted(updates, 'update');
  return (
    `${counted(updates, 'update')} of about ${whole(tokensAnUpdate!)} target tokens, ` +
    `${rounded(epochs)} epochs of ${rounded(updatesAnEpoch!)} updates`
  );
};

const updateLine = ({
  source,
  target,
  tokens,
  gradientSeconds,
  stepSeconds,
  loss,
}: MeasuredUpdate): string => {
  const sides = source[0] > 0 ? [source, target] : [target];
  const shapes = sides.map((shape) => shape.join(' x ')).join(' and ');
  return `${rounded(gradientSeconds + stepSeconds)} s, a batch of ${shapes} (${whole(tokens)} target tokens), loss ${loss === null ? 'not finite' : rounded(loss)}`;
};

const measuredRows = ({ measured, training }: RunPlan): [string, string[]][] => {
  if (!measured) return [];
  const { updates, tokensPerSecond, secondsAnUpdate, seconds, replicas } = measured;
  const epoch = training.updatesAnEpoch! * secondsAnUpdate;
  return [
    ['measured', updates.map((update, i) => `update ${i + 1}: ${updateLine(update)}`)],
    [
      'time',
      [
        `${duration(seconds)} for all updates, ${duration(epoch)} an epoch; validation, checkpoints and test come on top`,
        `${rounded(secondsAnUpdate)} s an update, ${whole(tokensPerSecond)} target tokens a second, ${counted(replicas, 'replica')}`,
      ],
    ],
  ];
};

const memoryLine = ({ memory: { parameters, optimizer, peak } }: RunPlan): string =>
  `${bytes(parameters)} parameters, ${bytes(optimizer)} gradient and optimizer` +
  (peak === undefined
    ? ', and the activations of a batch'
    : `; ${bytes(peak)} at most in this process so far`);

const diskLine = ({ disk: { checkpoint, checkpoints, total }, output }: RunPlan): string =>
  `up to ${bytes(total)} in ${output}: ${whole(checkpoints)} checkpoints of ${bytes(checkpoint)}, and the model`;

/** A plan in lines, for people. */
export const planText = (plan: RunPlan): string => {
  const { kind, backend, data, training, model, notes } = plan;
  const rates = training.rates.map(({ update, rate: at }) => `${rate(at)} at update ${whole(update)}`);
  const rows: [string, string[]][] = [
    ['backend', [backend.replace(/^backend /, '')]],
    ...(data ? ([['data', dataLines(data, kind)]] as [string, string[]][]) : []),
    ['vocabulary', [vocabularyLine(plan)]],
    ['training', [trainingLine(plan)]],
    ['rate', [rates.join(', ')]],
    ...measuredRows(plan),
    ['memory', [memoryLine(plan)]],
    ['disk', [diskLine(plan)]],
  ];
  const lines = rows.flatMap(([name, [first, ...more]]) => [
    `${name.padEnd(12)}${first}`,
    ...more.map((line) => `${''.padEnd(12)}${line}`),
  ]);
  const sections = [
    lines.join('\n'),
    summaryText(model),
    `What weights start at:\n${initialWeightsText(model)}`,
    ...(notes.length > 0 ? [notes.map((note) => `- ${note}`).join('\n')] : []),
  ];
  return sections.join('\n\n');
};
