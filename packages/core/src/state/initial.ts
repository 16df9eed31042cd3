/** Columns of a matrix that are a weight of their own, such as the queries of a fused projection. */
export interface ColumnPart {
  /** The role under which a method may ask for a gain. */
  readonly role: string;
  readonly columns: number;
  /** Factor on the deviation of these columns. */
  readonly gain: number;
}

/** U(-bound, bound); as 'xavier', the bound is gain * sqrt(6 / (inputs + outputs)). */
export interface UniformInitial {
  readonly kind: 'uniform' | 'xavier';
  /** The gain included, but not those of `parts`. */
  readonly bound: number;
  /** The factor on the deviation that was asked for. */
  readonly gain?: number;
  /** Where columns have gains of their own, all columns from the left. */
  readonly parts?: readonly ColumnPart[];
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
