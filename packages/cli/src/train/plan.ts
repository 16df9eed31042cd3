import { type PlannedRanks, planRanks, type RunPlan, runConfig } from '@steadyformer/translate/node';
import { loadConfig } from '../config/loadConfig';
import { row } from '../output/screen';
import { format, table } from '../output/table';
import type { CommandLine } from '../program/commandLine';
import { planFrom } from './planFrom';

export interface PlanCommand {
  readonly set: readonly string[];
  readonly ranks: number;
  /** Bytes a second, and seconds. */
  readonly link: number;
  readonly latency: number;
  readonly over: 'mpi' | 'http';
  readonly json?: boolean;
}

/** Says what updates would take between ranks, by what they take here. */
export const runPlan = async (
  path: string,
  { set, ranks, link, latency, over, json = false }: PlanCommand,
  { streams }: CommandLine,
): Promise<void> => {
  const config = await loadConfig(path, { set });
  const { outer } = runConfig(config);
  const plan = await planFrom(config, streams, { parts: true, quiet: json });
  const planned = planRanks(plan, { ranks, over, outer, link: { bandwidth: link, latency } });
  streams.out(json ? `${JSON.stringify(planned, null, 2)}\n` : ranksText(plan, planned, outer.every));
};

const HEADERS = [
  'ranks',
  'gradient, ms',
  'exchange, ms',
  'step, ms',
  'update, ms',
  'tokens/s',
  'efficiency',
  'MB an update',
  'GB a rank',
];

const ranksText = (plan: RunPlan, planned: readonly PlannedRanks[], every: number): string => {
  const rows = planned.map((each) => [
    each.ranks,
    ...[each.gradientSeconds, each.exchangeSeconds, each.stepSeconds, each.seconds].map(
      (seconds) => 1000 * seconds,
    ),
    each.tokensPerSecond,
    each.efficiency,
    each.bytesAnUpdate / 1e6,
    each.bytes / 1e9,
  ]);
  return [
    ...notesOf(plan, planned, every).map(([name, text]) => row(name, text)),
    '',
    table(HEADERS, rows),
    '',
  ].join('\n');
};

const notesOf = (
  { model, measured, training }: RunPlan,
  planned: readonly PlannedRanks[],
  every: number,
): [string, string][] => {
  const [rows = 0] = measured?.updates.at(-1)?.target ?? [];
  const shared = every === 0 ? 'gradients added up at every update' : `an outer step every ${every} updates`;
  const waits = planned.find((each) => each.exchangeSeconds > each.gradientSeconds);
  const idle = planned.find(({ ranks }) => ranks > rows);
  const notes: [string, string][] = [
    [
      'model',
      `${format(model.trained)} trained parameters, ${format(training.tokensAnUpdate ?? 0)} target tokens an update`,
    ],
    [
      'ranks',
      `${shared}; each rank with ${measured?.replicas === 1 ? 'one replica' : `${measured?.replicas} replicas`}, as fast as this machine`,
    ],
  ];
  if (waits) notes.push(['limit', `with ${waits.ranks} ranks, they wait longer than they compute`]);
  if (idle) {
    const text = `of a usual batch of ${rows} sentences some of ${idle.ranks} ranks have none: make batches larger`;
    notes.push(['limit', text]);
  }
  return notes;
};
