import type { NamedArray } from '@steadyformer/core';
import { bytes, float, integer, string } from '../../protobuf/protobuf';

// ONNX models (onnx.proto), field by field.

/** Element types by the numbers that ONNX gives them. */
export const ELEMENT = { float: 1, int64: 7, bool: 9 } as const;
export type Element = keyof typeof ELEMENT;

/** The name of a value of a graph. */
export type Value = string & { readonly value: unique symbol };

/** Whole numbers and lists of them, numbers that are floats, the graph of a branch. */
export type Attribute = number | readonly number[] | { readonly float: number } | Uint8Array;

/** An input or output of a graph: a name stands for a size that is known later. */
export interface Port {
  readonly name: Value;
  readonly element: Element;
  /** Absent: of any shape. */
  readonly shape?: readonly (number | string)[];
}

const attribute = (name: string, value: Attribute): Uint8Array => {
  const field = (type: number, ...content: readonly Uint8Array[]): Uint8Array =>
    bytes(5, string(1, name), ...content, integer(20, type));
  if (typeof value === 'number') return field(2, integer(3, value));
  if (value instanceof Uint8Array) return field(5, bytes(6, value));
  if ('float' in value) return field(1, float(2, value.float));
  return field(7, ...value.map((item) => integer(8, item)));
};

const port = (field: number, { name, element, shape }: Port): Uint8Array => {
  const sizes = shape?.map((size) => bytes(1, typeof size === 'number' ? integer(1, size) : string(2, size)));
  const tensor = [integer(1, ELEMENT[element]), ...(sizes ? [bytes(2, ...sizes)] : [])];
  return bytes(field, string(1, name), bytes(2, bytes(1, ...tensor)));
};

/** A graph under construction: `op` adds a node and gives its result. A branch reads the values of the graph around it. */
export class Graph {
  private readonly nodes: Uint8Array[] = [];
  private readonly initializers = new Map<string, Uint8Array>();

  constructor(private readonly names: { count: number } = { count: 0 }) {}

  /** A graph for a branch of this one. */
  branch(): Graph {
    return new Graph(this.names);
  }

  private fresh(): Value {
    return `v${this.names.count++}` as Value;
  }

  /** The result of an operator, under `name` where it is to have one. */
  op(
    type: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>> = {},
    name: Value = this.fresh(),
  ): Value {
    this.add(type, inputs, [name], attributes);
    return name;
  }

  /** An operator with several results. */
  add(
    type: string,
    inputs: readonly Value[],
    outputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): void {
    this.nodes.push(
      bytes(
        1,
        ...inputs.map((input) => string(1, input)),
        ...outputs.map((output) => string(2, output)),
        string(4, type),
        ...Object.entries(attributes).map(([key, value]) => attribute(key, value)),
      ),
    );
  }

  private constant(name: string, element: Element, shape: readonly number[], raw: Uint8Array): Value {
    if (!this.initializers.has(name)) {
      const sizes = shape.map((size) => integer(1, size));
      const fields = [integer(2, ELEMENT[element]), string(8, name), bytes(9, raw)];
      this.initializers.set(name, bytes(5, ...sizes, ...fields));
    }
    return name as Value;
  }

  /** Weights under a name. */
  weights(name: string, { shape, data }: NamedArray): Value {
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return this.constant(name, 'float', shape, raw);
  }

  /** A number. */
  number(value: number): Value {
    return this.constant(`float ${value}`, 'float', [], new Uint8Array(Float32Array.of(value).buffer));
  }

  /** A whole number. */
  whole(value: number): Value {
    return this.constant(`int ${value}`, 'int64', [], new Uint8Array(BigInt64Array.of(BigInt(value)).buffer));
  }

  /** A list of whole numbers: axes and shapes. */
  list(...values: readonly number[]): Value {
    const raw = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.constant(`ints ${values.join(' ')}`, 'int64', [values.length], raw);
  }

  /** The fields of a GraphProto. */
  body(name: string, inputs: readonly Port[], outputs: readonly Port[]): readonly Uint8Array[] {
    return [
      ...this.nodes,
      string(2, name),
      ...this.initializers.values(),
      ...inputs.map((input) => port(11, input)),
      ...outputs.map((output) => port(12, output)),
    ];
  }
}
