import { MpiError } from '../checks/errors';
import type { Handles } from '../library/handles';

/** What ranks can add up and compare. */
export type Numbers = Float32Array | Float64Array | Int32Array;
/** What one rank can send to all. */
export type Sendable = Numbers | Uint8Array;
/** How the values of all ranks become one. */
export type Operation = 'sum' | 'max' | 'min';

export const OPERATIONS: readonly Operation[] = ['sum', 'max', 'min'];

/** A kind of array: its number in messages between ranks, its name, MPI's type. */
export interface Kind {
  readonly number: number;
  readonly name: string;
  readonly type: keyof Handles & ('float' | 'double' | 'int' | 'byte');
}

const KINDS = [
  { number: 1, name: 'Float32Array', type: 'float', of: Float32Array },
  { number: 2, name: 'Float64Array', type: 'double', of: Float64Array },
  { number: 3, name: 'Int32Array', type: 'int', of: Int32Array },
  { number: 4, name: 'Uint8Array', type: 'byte', of: Uint8Array },
] as const;

/** The name of a kind that another rank sent the number of. */
export const kindName = (number: number): string =>
  KINDS.find((kind) => kind.number === number)?.name ?? 'nothing';

const shown = (value: unknown): string =>
  typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'an object') : String(value);

/** @throws MpiError on what is no array that can be sent, or not one of `numbers` where those alone are wanted */
export const kindOf = (what: string, array: Sendable, numbersOnly: boolean): Kind => {
  const allowed = numbersOnly ? KINDS.slice(0, 3) : KINDS;
  const kind = allowed.find(({ of }) => array instanceof of);
  if (kind) return kind;
  throw new MpiError(
    `${what}: received ${shown(array)}, allowed ${allowed.map(({ name }) => name).join(', ')}`,
  );
};
