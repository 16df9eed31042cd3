import { basename } from 'node:path';
import {
  checkTrace,
  outputChangeFigure,
  readTrace,
  type TraceCheck,
  type TraceKind,
  traceFigure,
} from '@steadyformer/analysis';
import { methodFrom, methods, SteadyformerError } from '@steadyformer/core';
import { readText } from '../../input/readText';
import { chart } from '../../output/chart';
import type { CommandResult } from '../../output/outputFiles';
import { table } from '../../output/table';
import { names } from '../options';
import { provenanceOf } from '../provenance';
import type { CommandContext } from './command';
import { fitTable, verdictLine } from './fitTable';
import { intervalCells } from './interval';

/** Options of the commands that read another program's trace. */
export interface TraceCommand {
  readonly step?: number;
  readonly method?: string;
  readonly block?: string;
  readonly kind?: TraceKind;
}

/** What a trace says: its fits (`fit`), its picture (`figure`), or the verdict alone (`verdict`). */
export const runTrace = async (
  what: 'fit' | 'figure' | 'verdict',
  file: string,
  options: TraceCommand,
  { args }: Pick<CommandContext, 'args'>,
): Promise<CommandResult> => {
  const { step, kind = 'output-change' } = options;
  const records = readTrace(await readText(file), file);
  const provenance = await provenanceOf({ args, files: [file], computed: false });
  const name = basename(file).replace(/\.jsonl$/, '');
  if (what === 'figure' && kind !== 'output-change') {
    const rows = records
      .filter((record) => record.kind === kind)
      .map(({ step: at, run = '', path, value }) => [at, run, path, value]);
    const headers = ['step', 'run', 'path', kind];
    return {
      ...{ text: table(headers, rows), headers, rows, json: { provenance, records } },
      figure: traceFigure(records, { kind, ...(step === undefined ? {} : { step }) }),
    };
  }
  const check = await checkTrace(records, {
    ...(step === undefined ? {} : { step }),
    ...methodOf(options),
  }).catch((error: unknown) => {
    if (!(error instanceof SteadyformerError)) throw error;
    throw new SteadyformerError(`${file}: ${error.message}`, { cause: error });
  });
  return { ...tableOf(name, check, what), json: { provenance, check } };
};

const methodOf = ({ method, block }: TraceCommand): Parameters<typeof checkTrace>[1] => {
  if (method === undefined) {
    if (block === undefined) return {};
    throw new SteadyformerError(
      '--block does nothing without --method, which says how its branches join; name one',
    );
  }
  const [name = ''] = names(method, Object.keys(methods), '--method');
  return {
    method: methodFrom({ name }),
    ...(block === undefined ? {} : { block: block.split(',').map((each) => each.trim()) }),
  };
};

const tableOf = (
  name: string,
  check: TraceCheck,
  what: 'fit' | 'figure' | 'verdict',
): Omit<CommandResult, 'json'> => {
  const { points, theory, withoutTheory } = check;
  const headers = ['N', 'D_N', 'low', 'high', ...(theory ? ['theory, C fitted'] : [])];
  const rows = points.map(({ depth, change }, i) => [
    ...[depth, change.mean, ...intervalCells(change)],
    ...(theory ? [theory.points[i]!.fitted] : []),
  ]);
  const verdict = verdictLine(name, check.verdict);
  const picture = chart(
    [{ name, points: points.map(({ depth, change }) => ({ x: depth, y: change.mean })) }],
    {
      x: 'residual branches N',
      y: 'output change D_N',
    },
  );
  const parts = {
    fit: [table(headers, rows), picture, fitTable({ [name]: check }), verdict],
    figure: [table(headers, rows), picture],
    verdict: [verdict],
  }[what];
  const why = withoutTheory === undefined ? [] : [`No theory: ${withoutTheory}.`];
  return {
    text: [...parts, ...(what === 'fit' ? why : [])].join('\n\n'),
    ...{ headers, rows, figure: outputChangeFigure({ [name]: check }) },
  };
};
