import {
  check,
  checkInteger,
  checkMethod,
  checkNumber,
  checkOptions,
  checkRecord,
  type Place,
} from '@steadyformer/core';
import { line } from '../fit/line';
import type { Perturbation, StackDescription } from '../theory/description';
import { predict } from '../theory/predict';
import { describeMethod, type MethodDescription } from '../theory/stack';

/** A learning rate at a depth, such as `criticalRate` measures it. */
export interface RateAtDepth {
  /** Blocks. */
  readonly depth: number;
  readonly rate: number;
}

/** Options of `rateTransfer`. */
export interface RateTransferOptions {
  /** The architecture at any depth: a method with what `describeMethod` takes beside, or its description by blocks. */
  readonly of: Omit<MethodDescription, 'depth'> | ((blocks: number) => StackDescription);
  /** Rates found, one a depth. The first is what is predicted from; the others are held against it. */
  readonly measured: readonly RateAtDepth[];
  /** Blocks to predict for, beside those measured. Default none. */
  readonly depths?: readonly number[];
}

/** The rate at one depth. */
export interface TransferredRate extends RateAtDepth {
  /** D of a step of size 1 over that at the depth predicted from. */
  readonly change: number;
  /** Null where there is none. */
  readonly measured: number | null;
  /** The predicted rate over the measured one; null where there is none. */
  readonly ratio: number | null;
}

/** What `rateTransfer` gives; plain data, the shallow first. */
export interface RateTransfer {
  readonly from: RateAtDepth;
  /** `rate` is the predicted one. */
  readonly points: readonly TransferredRate[];
  /** p of rate ~ depth^p as predicted, by least squares of logarithms: near 0 a rate carries over. Null with one depth. */
  readonly exponent: number | null;
  /** The same of the measured rates; null with fewer than two. */
  readonly measuredExponent: number | null;
  /** By which factor predictions are off at most, either way, where rates were measured; null where that is nowhere else. */
  readonly error: number | null;
}

const WHERE = 'rateTransfer()';

/**
 * How a learning rate has to change with depth for updates to move the output as far as at a depth at which the rate is
 * known. D of an optimizer's step goes with the square of its rate where the output moves in proportion to it, so
 *
 *     rate(N) = rate(N_0) (D(N_0) / D(N))^(1/2)
 *
 * with D of a step of one and the same size as `predict` gives it under `{ kind: 'aligned' }`, tables included. What a
 * method multiplies the rate of its matrices by counts. It is as right as that coherent sum
 * and speaks of first updates at initialisation; `error` says how far off it was.
 *
 * @throws SteadyformerError on unknown options, no rate, a depth twice, and where theory knows no change of a branch
 */
export const rateTransfer = (options: RateTransferOptions): RateTransfer => {
  checkOptions(options, ['of', 'measured', 'depths'], WHERE);
  const { of, measured, depths = [] } = options;
  const known = typeof of === 'function' || (typeof of === 'object' && of !== null && !('plan' in of));
  check(known, `${WHERE} of`, of, '{ method } or a function of the blocks');
  if (typeof of === 'object')
    check(!('depth' in of), `${WHERE} of.depth`, Object(of).depth, 'nothing', 'Give depths.');
  const some = Array.isArray(measured) && measured.length > 0;
  check(some, `${WHERE} measured`, measured, 'a list of { depth, rate }, one or more');
  for (const [i, found] of measured.entries()) {
    const what = `${WHERE} measured[${i}]`;
    checkRecord(what, found, '{ depth, rate }');
    checkOptions(found, ['depth', 'rate'], what);
    checkInteger(`${what}.depth`, found.depth);
    checkNumber(`${what}.rate`, found.rate, 'numbers > 0', (rate) => rate > 0);
    const once = measured.findIndex(({ depth }) => depth === found.depth) === i;
    check(once, `${what}.depth`, found.depth, 'each depth once', 'Give the mean of its rates.');
  }
  check(Array.isArray(depths), `${WHERE} depths`, depths, 'a list of blocks');
  for (const [i, depth] of depths.entries()) checkInteger(`${WHERE} depths[${i}]`, depth);
  const from = measured[0]!;
  const all = [...new Set([...measured.map(({ depth }) => depth), ...depths])].sort((a, b) => a - b);
  const changes = all.map((depth) => changeOf(of, depth));
  const base = changes[all.indexOf(from.depth)]!;
  const points = all.map((depth, i): TransferredRate => {
    const change = changes[i]! / base;
    const rate = from.rate / Math.sqrt(change);
    const own = measured.find((found) => found.depth === depth)?.rate ?? null;
    return { depth, rate, change, measured: own, ratio: own === null ? null : rate / own };
  });
  const held = points.filter(({ depth, ratio }) => ratio !== null && depth !== from.depth);
  return {
    from: { depth: from.depth, rate: from.rate },
    points,
    exponent: exponentOf(points),
    measuredExponent: exponentOf(measured),
    error:
      held.length === 0 ? null : Math.exp(Math.max(...held.map(({ ratio }) => Math.abs(Math.log(ratio!))))),
  };
};

const exponentOf = (rates: readonly RateAtDepth[]): number | null =>
  rates.length < 2
    ? null
    : line(rates.map(({ depth, rate }) => ({ x: Math.log(depth), y: Math.log(rate), weight: 1 }))).slope;

/** A step of size 1 on everything. */
const STEP: Perturbation = { kind: 'aligned', size: 1, embedding: true };

/** D at the end of the stack after a step of rate 1, by theory. */
const changeOf = (of: RateTransferOptions['of'], depth: number): number => {
  const { description, factors } = typeof of === 'function' ? given(of(depth)) : described({ ...of, depth });
  const alone = predict(description, { perturbation: STEP });
  const branches = description.branches.map((branch, i) => ({
    ...branch,
    change: alone.branches[i]!.change * (factors[i] ?? 1) ** 2,
  }));
  const trained = factors.some((factor) => factor !== 1)
    ? predict({ ...description, branches }, { perturbation: STEP })
    : alone;
  const { change } = trained.outputChange.at(-1)!;
  check(change > 0, `${WHERE} change of the output at ${depth} blocks`, change, 'numbers > 0');
  return change;
};

/** A stack, and what its method multiplies the rates of its branches' matrices by. */
interface Trained {
  readonly description: StackDescription;
  readonly factors: readonly number[];
}

const given = (description: StackDescription): Trained => ({ description, factors: [] });

const described = (options: MethodDescription): Trained => {
  const { width = 512 } = options;
  const method = checkMethod(options.method, `${WHERE} of.method`);
  const places: Place[] = [];
  const plan = (place: Place): ReturnType<typeof method.plan> => {
    places.push(place);
    return method.plan(place);
  };
  const description = describeMethod({ ...options, method: { ...method, plan } });
  const factors = places.map((place) => {
    const shape = [width, width];
    const site = {
      stack: place,
      place,
      role: 'matrix',
      path: 'branch.weight',
      shape,
      columns: [width],
      width,
    } as const;
    return method.training?.(site)?.rateFactor ?? 1;
  });
  return { description, factors };
};
