import { check, checkOptions, checkRecord, SteadyformerError } from '../checks/errors';
import type { StreamLeave, StreamPlan } from './plan';

const PLAN_KEYS: readonly (keyof StreamPlan)[] = [
  ...(['read', 'carry', 'write', 'readNorms', 'carryNorms', 'after', 'weights', 'handsOn', 'shows'] as const),
];

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.length > 0 && value.every(Number.isFinite);

const checkCount = (what: string, list: readonly unknown[] | undefined, count: number, of: string): void =>
  check(
    list === undefined || (Array.isArray(list) && list.length === count),
    what,
    list,
    `a list of ${count}, one a stream ${of}`,
  );

const checkWeights = (weights: unknown, where: string, allowed: string): void => {
  const factory = typeof weights === 'object' && weights !== null && 'make' in weights;
  check(weights === undefined || weights === 'trained' || factory, `${where} weights`, weights, allowed);
};

const isStream = (stream: unknown, from: number, count: number): boolean =>
  Number.isInteger(stream) && (stream as number) >= from && (stream as number) < count;

/** Throws on what is handed on, or shown, where it cannot be. */
const checkHanded = ({ read, carry, write, weights, handsOn, shows }: StreamPlan, where: string): void => {
  const shown = shows === undefined || isStream(shows, 0, read.length);
  check(
    shown,
    `${where} shows`,
    shows,
    `whole numbers from 0 to ${read.length - 1}, as many streams as read has`,
  );
  if (handsOn === undefined) return;
  checkRecord(`${where} handsOn`, handsOn, '{ stream, name, of }');
  const { stream, of } = handsOn;
  check(typeof of === 'function', `${where} handsOn.of`, of, 'a function of the branch and of what it reads');
  const none =
    isStream(stream, 1, carry.length) && write[stream] === 0 && carry[stream]!.every((w) => w === 0);
  const fits = none && weights === undefined;
  check(
    fits,
    `${where} handsOn.stream`,
    stream,
    'a stream after the first whose fixed weights of carry and write are 0',
  );
};

/** Throws on weights that do not fit each other: how many streams go in, and how many come out. */
export const checkPlan = (plan: StreamPlan): void => {
  const where = 'wiring()';
  checkRecord(where, plan, '{ read, carry, write }');
  checkOptions(plan, PLAN_KEYS, where);
  const { read, carry, write, readNorms, carryNorms, after, weights } = plan;
  check(isNumbers(read), `${where} read`, read, 'a list of numbers, one a stream');
  const rows = Array.isArray(carry) && carry.length > 0 && carry.every(isNumbers);
  check(
    rows,
    `${where} carry`,
    carry,
    'a list of rows of numbers, a row for each stream behind the sub-layer',
  );
  const [n, m] = [read.length, carry.length];
  for (const [i, row] of carry.entries()) checkCount(`${where} carry[${i}]`, row, n, 'that read has');
  check(isNumbers(write), `${where} write`, write, 'a list of numbers, one a stream');
  checkCount(`${where} write`, write, m, 'behind the sub-layer, as carry has rows');
  checkCount(`${where} readNorms`, readNorms, n, 'that read has');
  checkCount(`${where} carryNorms`, carryNorms, n, 'that read has');
  checkCount(`${where} after`, after, m, 'behind the sub-layer, as carry has rows');
  const next = 'Give it as `after` of the residual.';
  check(
    after?.[0] === undefined,
    `${where} after[0]`,
    after?.[0],
    'none: it is the norm of the residual',
    next,
  );
  checkWeights(weights, where, "none, 'trained' or { name, make }");
  checkHanded(plan, where);
  if (weights !== undefined) return;
  if (read.every((weight) => weight === 0)) {
    throw new SteadyformerError(
      `${where}: the branch reads nothing, as every weight of read is 0; give one another`,
    );
  }
  const empty = carry.findIndex(
    (row, i) => i !== plan.handsOn?.stream && write[i] === 0 && row.every((weight) => weight === 0),
  );
  if (empty < 0) return;
  throw new SteadyformerError(
    `${where}: nothing makes stream ${empty + 1} behind the sub-layer: its row of carry and its weight of write are 0; leave it out`,
  );
};

/** Throws on what does not say how streams leave. */
export const checkLeave = (leave: StreamLeave): void => {
  const where = 'leaving()';
  checkRecord(where, leave, '{ read }');
  checkOptions(leave, ['read', 'norms', 'weights'], where);
  const { read, norms, weights } = leave;
  check(['first', 'sum', 'mean'].includes(read), `${where} read`, read, "'first', 'sum' or 'mean'");
  check(norms === undefined || Array.isArray(norms), `${where} norms`, norms, 'a list, one a stream');
  check(weights !== ('trained' as never), `${where} weights`, weights, 'none or { name, make }');
  checkWeights(weights, where, 'none or { name, make }');
};
