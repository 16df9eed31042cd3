import { type Summary, summaryText } from '@steadyformer/core';
import type { RunRecord } from '@steadyformer/translate/node';
import { format, table } from '../output/table';
import type { Inspected, VocabularySizes } from './inspect';

const sizes = ({ tokens, merges, preTokenizer }: VocabularySizes): string =>
  `${tokens} tokens, ${merges} merges (${preTokenizer})`;

/** A value in one line: records as `name value`, those inside as `name.inner value`. */
const flat = (value: unknown, path = ''): string[] => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [`${path} ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([name, inner]) =>
    flat(inner, path === '' ? name : `${path}.${name}`),
  );
};

const list = (title: string, value: object): string[] => [title, ...flat(value).map((line) => `  ${line}`)];

const training = ({ training }: Inspected): string[] => {
  if (!training) return ['for use only: it holds no state of a training'];
  const { updates, settings, average, run, rule, position } = training;
  return [
    `${updates} updates`,
    ...list('optimizer', { ...rule, position, ...(average ? { movingAverage: average } : {}) }),
    ...(settings ? list('trained with', settings) : []),
    ...(run ? list('kept by the run', run) : []),
  ];
};

const profiled = ({ profile }: Inspected): string => {
  if (!profile) return 'not profiled';
  const { rule, pads, dropout, seed } = profile;
  return `profiled by rule '${String(rule)}', pads ${String(pads)}, dropout ${dropout ? 'on' : 'off'}, seed ${String(seed)}`;
};

const omegas = (found: Inspected): string[] => {
  if (found.omegas.length === 0) return ['no omegas: no shortcut has a scale that is trained'];
  const rows = found.omegas.map(({ path, mean, deviation, profiled }) => [
    path,
    format(mean),
    format(deviation),
    profiled === null ? '-' : format(profiled),
  ]);
  return [`omegas (${profiled(found)})`, table(['sub-layer', 'omega', 'deviation', 'profiled'], rows)];
};

const head = ({ folder, role, metric }: Inspected): string => {
  const kind = role === null ? '' : `${role}: `;
  return `${kind}${folder}${metric === null ? '' : `, metric ${format(metric)}`}`;
};

/** A checkpoint for people. @param known the config whose summary has been shown */
const text = (found: Inspected, known?: string): string => {
  const { vocabulary, verified, config } = found;
  const { shared, source, target } = vocabulary;
  return [
    head(found),
    `checksums are right: ${verified.join(', ')}`,
    ...(JSON.stringify(config) === known
      ? ['the same model as above']
      : ['', summaryText(found.summary as Summary), '', ...list('config', config)]),
    '',
    ...(shared
      ? [`vocabulary: ${sizes(source)}`]
      : [`source vocabulary: ${sizes(source)}`, `target vocabulary: ${sizes(target)}`]),
    ...training(found),
    '',
    ...omegas(found),
  ].join('\n');
};

/** What repeats the run. */
const runText = ({ config, data, starts }: RunRecord): string => {
  const last = starts.at(-1);
  return [
    ...(last
      ? [
          `run: ${starts.length === 1 ? 'started' : `${starts.length} starts, the last`} ${last.time} on ${last.backend}`,
        ]
      : []),
    ...list('files', Object.fromEntries(data.map(({ path, ...rest }) => [path, rest]))),
    ...list('config of the run', config),
  ].join('\n');
};

/** Checkpoints for people; a model that several share is described once. */
export const inspectText = (
  found: readonly Inspected[],
  skipped: readonly { readonly folder: string; readonly reason: string }[],
  run?: RunRecord,
): string =>
  [
    ...(run ? [runText(run)] : []),
    ...skipped.map(({ folder, reason }) => `cannot be read: ${folder}: ${reason}`),
    ...found.map((each, i) => text(each, i === 0 ? undefined : JSON.stringify(found[0]!.config))),
  ].join('\n\n');
