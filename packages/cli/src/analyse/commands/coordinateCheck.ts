import { type CoordinateCheck, coordinateCheck, coordinateFigure } from '@steadyformer/analysis';
import { mean, SteadyformerError } from '@steadyformer/core';
import type { CommandResult } from '../../output/outputFiles';
import { format, table } from '../../output/table';
import { type ModelOptions, sizesOf } from '../options';
import { architecturesOf } from '../subject/architectures';
import { type AnyBatch, lossOf } from '../subject/subject';
import { type CommandContext, provenanceOfCommand } from './command';

export interface CoordinateCheckCommand extends ModelOptions {
  readonly depths: readonly number[];
  readonly widths?: readonly number[];
  readonly updates: readonly number[];
  readonly rate: number;
  readonly seeds: number;
}

/** Trains each architecture at several depths, and widths, and tells how far its activations move. */
export const runCoordinateCheck = async (
  options: CoordinateCheckCommand,
  { progress, args }: CommandContext,
): Promise<CommandResult> => {
  if (options.model.length > 0) {
    throw new SteadyformerError('--model: a saved model has one depth; give --architectures or --config');
  }
  if (options.config.length > 0 && options.widths) {
    throw new SteadyformerError('--widths does nothing beside --config, which has its own; leave it out');
  }
  const { depths, updates, rate, seeds: count } = options;
  const seeds = Array.from({ length: count }, (_, i) => i + 1);
  const first = await architecturesOf(options, sizesOf(options));
  const checks: Record<string, CoordinateCheck> = {};
  for (const { name, config } of first) {
    const widths = options.widths ?? [config.width];
    checks[name] = await coordinateCheck<AnyBatch>(
      async (depth, width, seed) => {
        const wide = options.config.length > 0 ? options : { ...options, architectures: name, width };
        const own = (await architecturesOf(wide, sizesOf(wide))).find((each) => each.name === name)!;
        const { model, batch } = await own.build(seed, depth);
        return { model, batch, loss: lossOf(model) };
      },
      {
        depths,
        widths,
        updates,
        seeds,
        learningRate: rate,
        onNetwork: (done, total) => progress(`${name}: ${done} of ${total} networks`),
      },
    );
  }
  const headers = ['architecture', 'width', 'blocks', 'updates', 'place', 'size', 'change'];
  const rows = Object.entries(checks).flatMap(([name, check]) =>
    summarised(check).map(({ width, depth, update, place, size, change }) => [
      name,
      width,
      depth,
      update,
      place,
      size,
      change,
    ]),
  );
  return {
    text: `${table(headers, rows)}\n\n${Object.entries(checks).map(growthLines).join('\n')}`,
    headers,
    rows,
    json: { provenance: await provenanceOfCommand(args, options, first), checks },
    figure: coordinateFigure(checks),
  };
};

interface Row {
  readonly width: number;
  readonly depth: number;
  readonly update: number;
  readonly place: 'blocks' | 'output';
  readonly size: number;
  readonly change: number;
}

/** Means over seeds, and over the blocks of a network. */
const summarised = ({ points }: CoordinateCheck): Row[] => {
  const groups = new Map<string, CoordinateCheck['points'][number][]>();
  for (const point of points) {
    const { width, depth, update, path } = point;
    const key = [width, depth, update, path === 'output'].join();
    groups.set(key, [...(groups.get(key) ?? []), point]);
  }
  return [...groups.values()].map((own) => {
    const { width, depth, update, path } = own[0]!;
    return {
      ...{ width, depth, update },
      place: path === 'output' ? 'output' : 'blocks',
      size: mean(own.map(({ size }) => size)),
      change: mean(own.map(({ change }) => change)),
    };
  });
};

const growthLines = ([name, { growth }]: [string, CoordinateCheck]): string =>
  growth
    .map(
      ({ width, update, of, exponent }) =>
        `${name}, width ${width}, after ${update}: the change of the ${of} goes as blocks^${format(exponent)}`,
    )
    .join('\n');
