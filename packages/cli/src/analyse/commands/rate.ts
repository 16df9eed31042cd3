import {
  type CriticalRate,
  criticalRate,
  type InputDescription,
  measureBranches,
  type RateAtDepth,
  type RateTransfer,
  ratesFigure,
  rateTransfer,
} from '@steadyformer/analysis';
import { type FullConfig, mean, ruleFrom, SteadyformerError } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { CommandResult } from '../../output/outputFiles';
import { type Cell, format, table } from '../../output/table';
import { type ModelOptions, sizesOf } from '../options';
import { type Architecture, architecturesOf, depthOf } from '../subject/architectures';
import { describedStacks } from '../subject/describedStacks';
import { lossOf } from '../subject/subject';
import { type CommandContext, provenanceOfCommand } from './command';

export interface RateCommand extends ModelOptions {
  /** Blocks. Default 2, 4 and 8, or those of a saved model. */
  readonly depths?: readonly number[];
  readonly seeds: number;
  readonly optimizer: string;
  /** D of one update. */
  readonly limit: number;
}

/** One network. */
interface Measured extends CriticalRate {
  readonly depth: number;
  readonly seed: number;
}

/** What was measured of one architecture. */
interface Found {
  readonly networks: readonly Measured[];
  /** x_0 by stack, of the first network. */
  readonly inputs: Readonly<Record<string, InputDescription>>;
}

/** The largest steady rate of each architecture at several depths, and what theory makes of the shallowest. */
export const runRate = async (options: RateCommand, context: CommandContext): Promise<CommandResult> => {
  if (options.model.length > 0 && options.depths) {
    throw new SteadyformerError('--depths does nothing beside --model, which has its own; leave it out');
  }
  const architectures = await architecturesOf(options, sizesOf(options));
  const rates: Record<string, readonly Measured[]> = {};
  const transfers: Record<string, RateTransfer> = {};
  const rows: Cell[][] = [];
  const lines: string[] = [];
  for (const architecture of architectures) {
    const { name } = architecture;
    const { networks, inputs } = await measure(architecture, options, context);
    rates[name] = networks;
    const measured = changeRates(networks);
    const transfer = transferOf(architecture, options, inputs, measured);
    if (typeof transfer !== 'string') transfers[name] = transfer;
    const transferred = typeof transfer === 'string' ? [] : transfer.points;
    for (const depth of depthsIn(networks)) {
      const predicted = transferred.find((point) => point.depth === depth);
      rows.push([...rowOf(name, depth, networks), predicted?.rate ?? NONE]);
    }
    lines.push(`${name}: ${typeof transfer === 'string' ? transfer : saying(transfer)}`);
  }
  const headers = [
    'architecture',
    'blocks',
    'rate',
    'bound',
    'change',
    'loss',
    'curvature',
    'linear to',
    'transferred',
  ];
  return {
    text: `${table(headers, rows)}\n\n${lines.join('\n')}`,
    headers,
    rows,
    json: {
      provenance: await provenanceOfCommand(context.args, options, architectures),
      rates,
      transfers,
    },
    figure: ratesFigure(
      Object.fromEntries(
        Object.entries(rates).map(([name, networks]) => [
          name,
          { measured: changeRates(networks), predicted: transfers[name]?.points ?? [] },
        ]),
      ),
      `Learning rate at which one step changes the output by D = ${options.limit}`,
    ),
  };
};

const NONE = 'none';

const measure = async (
  { name, saved, config, build }: Architecture,
  { depths = [2, 4, 8], seeds, optimizer, limit }: RateCommand,
  { progress }: CommandContext,
): Promise<Found> => {
  const networks: Measured[] = [];
  let inputs: Found['inputs'] | undefined;
  const own = saved ? [depthOf(config)] : depths.toSorted((a, b) => a - b);
  for (const depth of own) {
    for (let seed = 1; seed <= seeds; seed++) {
      const { model, batch } = await build(seed, saved ? undefined : depth);
      try {
        inputs ??= (await measureBranches(model, batch)).input;
        const rule = ruleFrom({ name: optimizer });
        networks.push({
          depth,
          seed,
          ...(await criticalRate(model, batch, { loss: lossOf(model), rule, change: limit })),
        });
      } finally {
        model.dispose();
        tf.dispose(batch as tf.TensorContainer);
      }
      progress(`${name}: ${networks.length} of ${own.length * seeds} networks`);
    }
  }
  return { networks, inputs: inputs ?? {} };
};

const depthsIn = (networks: readonly Measured[]): number[] => [
  ...new Set(networks.map(({ depth }) => depth)),
];

/** The geometric mean of a limit over networks; null where one of them does not reach it. */
const meanRate = (rates: readonly (number | null)[]): number | null =>
  rates.includes(null) ? null : Math.exp(mean(rates.map((rate) => Math.log(rate!))));

/** Limits of the output's change by depth, where it is reached. */
const changeRates = (networks: readonly Measured[]): RateAtDepth[] =>
  depthsIn(networks).flatMap((depth) => {
    const own = networks.filter((each) => each.depth === depth);
    const rate = meanRate(own.map(({ limits }) => limits.change));
    return rate ? [{ depth, rate }] : [];
  });

const rowOf = (name: string, depth: number, networks: readonly Measured[]): Cell[] => {
  const own = networks.filter((each) => each.depth === depth);
  const bounds = new Set(own.map(({ bound }) => bound ?? NONE));
  const limits = (['change', 'loss', 'curvature'] as const).map(
    (bound) => meanRate(own.map((each) => each.limits[bound])) ?? NONE,
  );
  const rate = meanRate(own.map((each) => each.rate)) ?? NONE;
  const linear = Math.min(...own.map((each) => each.linear[1]));
  return [name, depth, rate, [...bounds].join(' or '), ...limits, linear];
};

/** What theory makes of the shallowest rate, or why it makes nothing. */
const transferOf = (
  { config, saved }: Architecture,
  { sentences, length }: RateCommand,
  inputs: Found['inputs'],
  measured: readonly RateAtDepth[],
): RateTransfer | string => {
  if (saved || measured.length < 2) return 'one depth, nothing to transfer';
  if (config.kind !== 'encoder' && config.kind !== 'languageModel') {
    return 'several stacks, of which theory transfers no rates';
  }
  if (config.activation !== 'relu') return `${config.activation}, of which theory knows no closed form`;
  const described = describedStacks(config as FullConfig, { count: length, sentences }, 'rate', inputs);
  const { depth: _, ...of } = Object.values(described)[0]!;
  return rateTransfer({ of, measured });
};

const saying = ({ from, exponent, measuredExponent, error }: RateTransfer): string =>
  `the rate goes as blocks^${format(measuredExponent ?? Number.NaN)}, by theory from ${from.depth} blocks as ` +
  `blocks^${format(exponent ?? Number.NaN)}, off by a factor of ${format(error ?? Number.NaN)} at most`;
