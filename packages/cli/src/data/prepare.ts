import { type PrepareReport, prepareData } from '@steadyformer/translate/node';
import { loadConfig } from '../config/loadConfig';
import { row, screenOn, showStage } from '../output/screen';
import type { Streams } from '../program/streams';

export interface PrepareCommand {
  readonly set: readonly string[];
  readonly out: string;
  readonly shards?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Prepares the text of a run in a folder. */
export const prepare = async (
  path: string,
  { set, out, shards = false, force = false, json = false }: PrepareCommand,
  streams: Streams,
): Promise<void> => {
  const config = await loadConfig(path, { set });
  const screen = screenOn(streams, json);
  try {
    const report = await prepareData(config, out, { shards, replace: force, onProgress: showStage(screen) });
    if (json) streams.out(`${JSON.stringify(report)}\n`);
    for (const [label, text] of said(report)) screen.line(row(label, text));
    screen.line(row('wrote', out));
    screen.line(`Next: steadyformer train ${out}/config.json`);
  } finally {
    screen.close();
  }
};

const said = ({ kind, counts, dropped, vocabulary, shards }: PrepareReport): [string, string][] => {
  const thing = kind === 'translation' ? 'pairs' : 'documents';
  const left = Object.entries(dropped).map(([reason, n]) => `${reason} ${n}`);
  const { source, target, shared } = vocabulary;
  return [
    [thing, `${counts.train} to train on, ${counts.valid} to validate on, ${counts.test} to test on`],
    ['left out', left.length > 0 ? left.join(', ') : 'none'],
    [
      'vocabulary',
      `${shared ? `${target} tokens, shared` : `${source} and ${target} tokens`}${vocabulary.learned ? ', learned' : ''}`,
    ],
    ...(shards === null ? [] : [['shards', `${shards} pairs`] as [string, string]]),
  ];
};
