/** U(-bound, bound); as 'xavier', the bound is gain * sqrt(6 / (inputs + outputs)). */
export interface UniformInitial {
  readonly kind: 'uniform' | 'xavier';
  /** The gain included, but not `gains`. */
  readonly bound: number;
  /** The factor on the deviation that was asked for. */
  readonly gain?: number;
  /** Of an attention's projection: factors on its columns by role, query, key and value, 1 where absent. */
  readonly gains?: Readonly<Record<string, number>>;
}

/** N(0, deviation^2). */
export interface NormalInitial {
  readonly kind: 'normal';
  /** The gain included. */
  readonly deviation: number;
  readonly gain?: number;
  /** A row that is zero instead: of pads. */
  readonly zeroRow?: number;
}

/** These very numbers. */
export interface GivenInitial {
  readonly kind: 'given';
  readonly values: readonly number[];
}

/** What a parameter's numbers are before training, as plain data. */
export type Initial =
  | { readonly kind: 'constant'; readonly value: number }
  | GivenInitial
  | UniformInitial
  | NormalInitial;

/** Zeros that all initial values are, where none are to be drawn: one array, of the largest. */
let zeros: Float32Array | undefined;

/** The numbers that `draw` gives, or zeros that are not to be written where `withoutInitialValues` runs. */
export const initialValues = (count: number, draw: () => Float32Array): Float32Array => {
  if (!zeros) return draw();
  if (zeros.length < count) zeros = new Float32Array(count);
  return zeros.subarray(0, count);
};

/**
 * Builds a model whose parameters are given other values before anyone reads them: drawing them would cost seconds, and
 * memory that is never given back. They are zero until then, or drawn after all where `build` cannot do with zeros.
 */
export const withoutInitialValues = async <T>(build: () => Promise<T> | T): Promise<T> => {
  zeros = new Float32Array(0);
  try {
    return await build();
  } catch {
    zeros = undefined;
    return await build();
  } finally {
    zeros = undefined;
  }
};
