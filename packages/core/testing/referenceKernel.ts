/** What a reference kernel is: plain loops over flat arrays. */

export type Numbers = Float32Array;
export interface Out {
  readonly values: Numbers;
  readonly shape: readonly number[];
  /** Default float32. */
  readonly dtype?: 'int32';
}
export type Inputs = Readonly<
  Record<string, { readonly values: Numbers; readonly shape: readonly number[] }>
>;
export type Kernel = (inputs: Inputs, attrs: Readonly<Record<string, unknown>>) => Out[];

export const f32 = (size: number, f: (i: number) => number): Numbers =>
  Float32Array.from({ length: size }, (_, i) => f(i));
export const add = (target: Numbers, at: number, value: number): void => {
  target[at] = target[at]! + value;
};
