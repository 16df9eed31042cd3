import { type NamedArray, SteadyformerError } from '@steadyformer/core';
import { join } from '../../protobuf/protobuf';

// CTranslate2's model.bin, version 6 of the binary format. All numbers are little-endian:
//
//     uint32 version, string name of the specification, uint32 its revision
//     uint32 n, then n variables:  string name, uint8 rank, uint32 each dimension, uint8 type, uint32 bytes, the bytes
//     uint32 n, then n aliases:    string name, string name of the variable that it is one with
//
// A string is uint16 bytes, the end counted, then the bytes and a zero.

const VERSION = 6;

/** The types by the numbers that the format gives them. */
const TYPES = { float32: 0, int8: 1, int16: 2 } as const;

/** A single number of a type. */
export interface Scalar {
  readonly type: keyof typeof TYPES;
  readonly value: number;
}

export interface ModelBin {
  /** The class of model that reads the variables, and the version of their names. */
  readonly specification: string;
  readonly revision: number;
  readonly variables: Readonly<Record<string, NamedArray | Scalar>>;
  /** Variables that are others, under a name of their own. */
  readonly aliases: Readonly<Record<string, string>>;
}

const whole = (value: number, bytes: 1 | 2 | 4): Uint8Array => {
  const view = new DataView(new ArrayBuffer(bytes));
  if (bytes === 1) view.setUint8(0, value);
  else if (bytes === 2) view.setUint16(0, value, true);
  else view.setUint32(0, value, true);
  return new Uint8Array(view.buffer);
};

const text = (value: string): readonly Uint8Array[] => {
  const bytes = new TextEncoder().encode(value);
  return [whole(bytes.length + 1, 2), bytes, whole(0, 1)];
};

const BITS = { float32: 4, int8: 1, int16: 2 } as const;

const scalarBytes = ({ type, value }: Scalar): Uint8Array => {
  if (type !== 'float32') return whole(value, BITS[type] as 1 | 2);
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value, true);
  return new Uint8Array(view.buffer);
};

const LARGEST = 2 ** 32 - 1;

const variable = (name: string, value: NamedArray | Scalar): readonly Uint8Array[] => {
  if ('type' in value) {
    const bytes = scalarBytes(value);
    return [...text(name), whole(0, 1), whole(TYPES[value.type], 1), whole(bytes.length, 4), bytes];
  }
  const { shape, data } = value;
  if (data.byteLength > LARGEST) {
    throw new SteadyformerError(
      `model.bin cannot hold '${name}': it has ${data.byteLength} bytes, the format allows ${LARGEST} a variable`,
    );
  }
  return [
    ...text(name),
    whole(shape.length, 1),
    ...shape.map((size) => whole(size, 4)),
    whole(TYPES.float32, 1),
    whole(data.byteLength, 4),
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  ];
};

/** The bytes of a `model.bin`. */
export const modelBin = ({ specification, revision, variables, aliases }: ModelBin): Uint8Array => {
  const sorted = <T>(record: Readonly<Record<string, T>>): [string, T][] =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return join([
    whole(VERSION, 4),
    ...text(specification),
    whole(revision, 4),
    whole(Object.keys(variables).length, 4),
    ...sorted(variables).flatMap(([name, value]) => variable(name, value)),
    whole(Object.keys(aliases).length, 4),
    ...sorted(aliases).flatMap(([alias, name]) => [...text(alias), ...text(name)]),
  ]);
};
