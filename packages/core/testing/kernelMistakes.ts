import type { Inputs, Kernel, Numbers } from './referenceKernel';

// What a kernel may do wrong: each makes one mistake of a kernel that does right.

export type Mistake = (kernel: Kernel) => Kernel;

export const option =
  (...changes: [name: string, value: unknown][]): Mistake =>
  (kernel) =>
  (inputs, attrs) =>
    kernel(inputs, { ...attrs, ...Object.fromEntries(changes) });
export const without =
  (input: string): Mistake =>
  (kernel) =>
  ({ [input]: _, ...inputs }, attrs) =>
    kernel(inputs, attrs);
/** Output `which` a little off, in its last number. */
export const off =
  (which: number): Mistake =>
  (kernel) =>
  (inputs, attrs) =>
    kernel(inputs, attrs).map((out, i) => {
      if (i !== which) return out;
      const values = out.values.slice();
      const last = values.length - 1;
      if (last >= 0) values[last] = values[last]! * 1.001 + 1e-3;
      return { ...out, values };
    });
export const flat: Mistake = (kernel) => (inputs, attrs) =>
  kernel(inputs, attrs).map((out) => ({ ...out, shape: [out.values.length] }));
/** Runs on a copy of an input, which then stays as it was. */
export const onCopyOf =
  (input: string): Mistake =>
  (kernel) =>
  (inputs, attrs) => {
    const { values, shape } = inputs[input]!;
    return kernel({ ...inputs, [input]: { values: values.slice(), shape } }, attrs);
  };
export const writes =
  (input: string): Mistake =>
  (kernel) =>
  (inputs, attrs) => {
    const out = kernel(inputs, attrs);
    inputs[input]!.values.fill(0.5);
    return out;
  };
export const noOutput: Mistake = (kernel) => (inputs, attrs) =>
  kernel(inputs, attrs).map(() => ({ values: new Float32Array(1), shape: [1] }));

/** Takes a weight for the first that had the same key. */
export const remembers =
  (keyOf: (weight: Inputs[string]) => unknown): Mistake =>
  (kernel) => {
    const known = new Map<unknown, Numbers>();
    return (inputs, attrs) => {
      const weight = inputs.weight!;
      if (!known.has(keyOf(weight))) known.set(keyOf(weight), weight.values.slice());
      return kernel({ ...inputs, weight: { ...weight, values: known.get(keyOf(weight))! } }, attrs);
    };
  };

export const KEY = [1, 2] as const;
export const zeroTimes: Mistake = (kernel) => (inputs, attrs) => {
  const before = inputs.m!.values.slice();
  const out = kernel(inputs, attrs);
  // What is multiplied by 0 in place of being left out.
  before.forEach((m, i) => {
    inputs.m!.values[i] = inputs.m!.values[i]! + 0 * m;
  });
  return out;
};
