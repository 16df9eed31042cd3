import type { Numbers } from '../backend';

/** Runs shorter than this are copied by a loop: `set` costs a call. */
const SHORT = 24;

/** Copies `length` elements. */
export const copyRun = (
  to: Numbers,
  toStart: number,
  from: Numbers,
  fromStart: number,
  length: number,
): void => {
  if (length < SHORT) {
    for (let i = 0; i < length; i++) to[toStart + i] = from[fromStart + i]!;
  } else {
    to.set(from.subarray(fromStart, fromStart + length), toStart);
  }
};

/** Strides of a dense tensor, one for every axis. */
export const stridesOf = (shape: readonly number[]): number[] => {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
};

/** One side of a box copy: memory, the strides of its axes, and where the box begins. */
export interface Side {
  readonly values: Numbers;
  readonly strides: readonly number[];
  readonly start: number;
}

/** Copies a box of `shape` elements; the last axis must be contiguous on both sides. */
export const copyBox = (to: Side, from: Side, shape: readonly number[]): void => {
  // Axes that are contiguous on both sides become one run.
  let last = shape.length - 1;
  let run = 1;
  while (last >= 0 && to.strides[last] === run && from.strides[last] === run) run *= shape[last--]!;
  const walk = (axis: number, toStart: number, fromStart: number): void => {
    if (axis > last) {
      copyRun(to.values, toStart, from.values, fromStart, run);
      return;
    }
    const size = shape[axis]!;
    for (let i = 0; i < size; i++) {
      walk(axis + 1, toStart + i * to.strides[axis]!, fromStart + i * from.strides[axis]!);
    }
  };
  if (shape.every((size) => size > 0)) walk(0, to.start, from.start);
};
