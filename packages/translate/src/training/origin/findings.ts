import type { Module, SubLayer } from '@steadyformer/core';
import type { Replay, Sites } from './replayStep';
import { measured, readSizes, type Size } from './sizes';

/** Where a step goes wrong. */
export interface Origin {
  /** A sub-layer, such as `decoder.layers.1.feedForward`, a parameter outside of them, or `loss`. */
  readonly path: string;
  readonly pass: 'forward' | 'backward';
  /** What was looked at there. */
  readonly what: 'output' | 'gradient' | 'parameter' | 'loss';
  /** L2 norm of that; NaN or Infinity where it is not finite. */
  readonly norm: number;
  /** That norm over that of what the sub-layer received, where both are finite. */
  readonly growth?: number;
  /** The parameter that is not finite, or beyond all measure, before the step begins. */
  readonly parameter?: string;
  /** The batch, of those given, in which it was seen. */
  readonly batch: number;
  /** What was found and what to try, for people. */
  readonly message: string;
}

/** What is found before it is put into words. */
export type Finding = Omit<Origin, 'message'> & { readonly subLayer?: SubLayer };

/** Where a number is beyond all measure: no network that trains is near it, and its square is near what float32 holds. */
const BEYOND = 1e12;

const beyond = ({ mean }: Size): boolean => !(mean < BEYOND);

const beyondLoss = (loss: number): boolean => !(Math.abs(loss) < BEYOND);

/** The sub-layer that a parameter belongs to. */
const ownerOf = (parameter: string, sites: Sites): string | undefined =>
  [...sites.keys()].find((path) => parameter.startsWith(`${path}.`));

/** Parameters that are not finite or beyond all measure, by path. */
export const brokenParameters = async (model: Module): Promise<ReadonlyMap<string, Size>> => {
  const parameters = model.parameters();
  const sizes = await readSizes(parameters.map(({ parameter }) => measured(parameter.value)));
  // One number among millions is enough.
  const total = sizes.map((size, i) => ({ ...size, mean: size.mean * parameters[i]!.parameter.value.size }));
  return new Map(
    parameters.flatMap(({ path }, i) => (beyond(total[i]!) ? [[path, sizes[i]!] as const] : [])),
  );
};

/** The parameter among the broken ones that belongs to a sub-layer. */
const brokenIn = (path: string, broken: ReadonlyMap<string, Size>): string | undefined =>
  [...broken.keys()].find((parameter) => parameter.startsWith(`${path}.`));

const outside = (broken: ReadonlyMap<string, Size>, sites: Sites): string | undefined =>
  [...broken.keys()].find((parameter) => ownerOf(parameter, sites) === undefined);

const atParameter = (
  parameter: string,
  broken: ReadonlyMap<string, Size>,
  batch: number,
  sites: Sites,
): Finding => {
  const path = ownerOf(parameter, sites) ?? parameter;
  const subLayer = sites.get(path);
  const norm = broken.get(parameter)!.norm;
  return {
    path,
    pass: 'forward',
    what: 'parameter',
    norm,
    parameter,
    batch,
    ...(subLayer ? { subLayer } : {}),
  };
};

export const inForward = (
  { batch, loss, seen }: Replay,
  broken: ReadonlyMap<string, Size>,
  sites: Sites,
): Finding | undefined => {
  const beside = outside(broken, sites);
  const at = seen.findIndex(({ input, sum, output }) => [input, sum, output].some(beyond));
  if (at < 0) {
    return !beyondLoss(loss) || !beside ? undefined : atParameter(beside, broken, batch, sites);
  }
  const { path, subLayer, input, sum, output } = seen[at]!;
  const parameter = brokenIn(path, broken);
  if (beside && (beyond(input) || !parameter)) return atParameter(beside, broken, batch, sites);
  if (beyond(input)) {
    // What lies before the stack, and no parameter to blame.
    return { path: path.split('.layers.')[0]!, pass: 'forward', what: 'output', norm: input.norm, batch };
  }
  const size = beyond(sum) ? sum : output;
  return {
    path,
    pass: 'forward',
    what: 'output',
    norm: size.norm,
    ...grown(input, size),
    ...(parameter ? { parameter } : {}),
    batch,
    ...(subLayer ? { subLayer } : {}),
  };
};

export const inLoss = ({ batch, loss }: Replay): Finding | undefined =>
  beyondLoss(loss) ? { path: 'loss', pass: 'forward', what: 'loss', norm: Math.abs(loss), batch } : undefined;

export const inBackward = ({ batch, seen, gradients }: Replay): Finding | undefined => {
  const turns = (path: string): Size | undefined =>
    [...gradients].find(([name, size]) => name.startsWith(`${path}.`) && beyond(size))?.[1];
  const last = seen.at(-1)!;
  if (beyond(last.outputGradient)) {
    // Already so where it comes from the loss.
    return { path: 'loss', pass: 'backward', what: 'gradient', norm: last.outputGradient.norm, batch };
  }
  for (const { path, subLayer, inputGradient, outputGradient } of [...seen].reverse()) {
    const own = beyond(inputGradient) ? inputGradient : turns(path);
    if (!own) continue;
    return {
      path,
      pass: 'backward',
      what: 'gradient',
      norm: own.norm,
      ...grown(outputGradient, own),
      batch,
      ...(subLayer ? { subLayer } : {}),
    };
  }
  const beside = [...gradients].find(([, size]) => beyond(size));
  return beside && { path: beside[0], pass: 'backward', what: 'gradient', norm: beside[1].norm, batch };
};

export const inParameters = (broken: ReadonlyMap<string, Size>, sites: Sites): Finding | undefined => {
  const [first] = broken.keys();
  return first === undefined ? undefined : atParameter(first, broken, 0, sites);
};

const grown = (from: Size, to: Size): { readonly growth?: number } => {
  const growth = to.norm / from.norm;
  return Number.isFinite(growth) && from.norm > 0 ? { growth } : {};
};

/** The largest growth there is, of the stream or of the gradient. */
export const largestGrowth = (replays: readonly Replay[]): Finding => {
  const candidates = replays.flatMap(({ batch, seen }) =>
    seen.flatMap(({ path, subLayer, input, sum, inputGradient, outputGradient }): Finding[] => {
      const more = { path, batch, ...(subLayer ? { subLayer } : {}) };
      return [
        { ...more, pass: 'forward', what: 'output', norm: sum.norm, ...grown(input, sum) },
        {
          ...more,
          pass: 'backward',
          what: 'gradient',
          norm: inputGradient.norm,
          ...grown(outputGradient, inputGradient),
        },
      ];
    }),
  );
  return candidates.reduce((most, each) => ((each.growth ?? 0) > (most.growth ?? 0) ? each : most));
};
