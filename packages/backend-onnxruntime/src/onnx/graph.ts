import { type ElementType, FLOAT, INT8, INT64, inputName, outputName, UINT8 } from '../ort/runtime';
import { type Bytes, embedded, float, integer, written } from './protobuf';

/** A value of a graph under construction; names are private to the builder. */
export type Value = string & { readonly value: unique symbol };

/** An attribute: whole numbers become ints unless wrapped by `asFloat`, strings strings, lists lists of ints. */
export type Attribute = number | string | readonly number[] | { readonly float: number };
export type Attributes = Readonly<Record<string, Attribute>>;

/** Marks an attribute as a float although it may be whole. */
export const asFloat = (value: number): Attribute => ({ float: value });

// Field numbers of onnx.proto.
const NODE = { input: 1, output: 2, type: 4, attribute: 5, domain: 7 };
const ATTRIBUTE = { name: 1, float: 2, integer: 3, string: 4, integers: 8, type: 20 };
const ATTRIBUTE_TYPE = { float: 1, integer: 2, string: 3, integers: 7 };
const TENSOR = { dims: 1, type: 2, name: 8, raw: 9 };
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 };
const MODEL = { irVersion: 1, graph: 7, opset: 8 };
const IR_VERSION = 9;
const OPSET = 20;

const attribute = (name: string, value: Attribute): Bytes => {
  const head = embedded(ATTRIBUTE.name, name);
  const type = (kind: number): Bytes => integer(ATTRIBUTE.type, kind);
  if (typeof value === 'number') {
    return embedded(NODE.attribute, [head, integer(ATTRIBUTE.integer, value), type(ATTRIBUTE_TYPE.integer)]);
  }
  if (typeof value === 'string') {
    return embedded(NODE.attribute, [head, embedded(ATTRIBUTE.string, value), type(ATTRIBUTE_TYPE.string)]);
  }
  if ('float' in value) {
    return embedded(NODE.attribute, [head, float(ATTRIBUTE.float, value.float), type(ATTRIBUTE_TYPE.float)]);
  }
  const items = value.map((item) => integer(ATTRIBUTE.integers, item));
  return embedded(NODE.attribute, [head, ...items, type(ATTRIBUTE_TYPE.integers)]);
};

/** A named graph input or output: element type only, so that one session serves every shape. */
const valueInfo = (tag: number, name: string, type: ElementType): Bytes =>
  embedded(tag, [embedded(1, name), embedded(2, [embedded(1, [integer(1, type)])])]);

/**
 * Builds one ONNX model: `input()` and `constant()` give values, calling an operator by name gives more, and
 * `output()` names what the model returns. Inputs and outputs are numbered in the order of the calls.
 */
export class Graph {
  private readonly nodes: Bytes[] = [];
  private readonly initializers: Bytes[] = [];
  private readonly inputs: Bytes[] = [];
  private readonly outputs: Bytes[] = [];
  private readonly renamed = new Map<Value, string>();
  private readonly pending: {
    type: string;
    inputs: readonly (Value | null)[];
    outputs: Value[];
    rest: Bytes[];
  }[] = [];
  private count = 0;

  /** The next input of the model. */
  input(type: ElementType = FLOAT): Value {
    const name = inputName(this.inputs.length) as Value;
    this.inputs.push(valueInfo(GRAPH.input, name, type));
    return name;
  }

  private tensor(type: ElementType, shape: readonly number[], raw: Uint8Array): Value {
    const name = `c${this.count++}` as Value;
    this.initializers.push(
      embedded(GRAPH.initializer, [
        ...shape.map((size) => integer(TENSOR.dims, size)),
        integer(TENSOR.type, type),
        embedded(TENSOR.name, name),
        embedded(TENSOR.raw, raw),
      ]),
    );
    return name;
  }

  /** A scalar float held by the model. */
  constant(value: number): Value {
    return this.tensor(FLOAT, [], new Uint8Array(new Float32Array([value]).buffer));
  }

  /** Numbers held by the model, which may bring them into a form of its own: read when the model is serialised. */
  weight(values: Float32Array, shape: readonly number[]): Value {
    return this.tensor(FLOAT, shape, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  /** Bytes with a sign, held as `weight` holds floats. */
  signedBytes(values: Int8Array, shape: readonly number[]): Value {
    return this.tensor(INT8, shape, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  /** One byte held by the model. */
  byte(value: number): Value {
    return this.tensor(UINT8, [], new Uint8Array([value]));
  }

  /** A list of int64 held by the model: axes and shapes. */
  integers(...values: readonly number[]): Value {
    return this.tensor(INT64, [values.length], new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
  }

  /** Several results of one operator; `null` leaves an optional input out. */
  many(
    type: string,
    inputs: readonly (Value | null)[],
    results: number,
    attributes: Attributes = {},
    domain = '',
  ): Value[] {
    const outputs = Array.from({ length: results }, () => `t${this.count++}` as Value);
    const rest = Object.entries(attributes).map(([name, value]) => attribute(name, value));
    if (domain !== '') rest.push(embedded(NODE.domain, domain));
    this.pending.push({ type, inputs, outputs, rest });
    return outputs;
  }

  /** The result of a standard ONNX operator. */
  op(type: string, inputs: readonly (Value | null)[], attributes: Attributes = {}): Value {
    return this.many(type, inputs, 1, attributes)[0]!;
  }

  /** The result of one of ONNX Runtime's own operators. */
  own(type: string, inputs: readonly (Value | null)[], attributes: Attributes = {}): Value {
    return this.many(type, inputs, 1, attributes, 'com.microsoft')[0]!;
  }

  /** The product of matrices (or stacks of them): alpha a b, either side transposed on demand. */
  matMul(
    a: Value,
    b: Value,
    { transposeA = false, transposeB = false, alpha = 1 }: MatMulOptions = {},
  ): Value {
    return this.own('FusedMatMul', [a, b], {
      transA: transposeA ? 1 : 0,
      transB: transposeB ? 1 : 0,
      alpha: asFloat(alpha),
    });
  }

  /** Makes `value` the next output. Each value can be an output once. */
  output(value: Value, type: ElementType = FLOAT): void {
    const name = outputName(this.outputs.length);
    this.outputs.push(valueInfo(GRAPH.output, name, type));
    this.renamed.set(value, name);
  }

  /** The serialised model. */
  model(): Uint8Array {
    const nameOf = (value: Value | null): string => (value == null ? '' : (this.renamed.get(value) ?? value));
    for (const { type, inputs, outputs, rest } of this.pending.splice(0)) {
      this.nodes.push(
        embedded(GRAPH.node, [
          ...inputs.map((input) => embedded(NODE.input, nameOf(input))),
          ...outputs.map((output) => embedded(NODE.output, nameOf(output))),
          embedded(NODE.type, type),
          ...rest,
        ]),
      );
    }
    const graph = [
      ...this.nodes,
      embedded(GRAPH.name, 'g'),
      ...this.initializers,
      ...this.inputs,
      ...this.outputs,
    ];
    const opset = (domain: string, version: number): Bytes =>
      embedded(MODEL.opset, [embedded(1, domain), integer(2, version)]);
    const message = [
      integer(MODEL.irVersion, IR_VERSION),
      embedded(MODEL.graph, graph),
      opset('', OPSET),
      opset('com.microsoft', 1),
    ];
    return written(message.flat());
  }
}

/** Options of `Graph.matMul`. */
export interface MatMulOptions {
  transposeA?: boolean;
  transposeB?: boolean;
  alpha?: number;
}
