import type { Outcome } from './outcome';

/** Cases `from` to `to` - 1 of one reader. */
export interface Job {
  readonly set: ReaderSet;
  readonly seed: number;
  readonly reader: string;
  readonly from: number;
  readonly to: number;
}

/** The package's readers, or the broken ones that show that faults are seen. */
export type ReaderSet = 'all' | 'broken';

/** What a child tells. `loose`: a rejected promise that nobody waited for. */
export type Message =
  | { readonly ready: true }
  | { readonly start: number }
  | { readonly end: number; readonly outcome: Outcome; readonly seconds: number }
  | { readonly loose: string }
  | { readonly done: true };
