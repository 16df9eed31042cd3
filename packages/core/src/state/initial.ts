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

/** What a parameter's numbers are before training, as plain data. */
export type Initial = { readonly kind: 'constant'; readonly value: number } | UniformInitial | NormalInitial;
