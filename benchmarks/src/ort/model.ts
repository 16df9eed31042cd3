/** One node of an ONNX model, over inputs `a` and `b`, giving `y`. */
export interface OneNode {
  readonly operator: string;
  /** '' for ONNX's own operators, 'com.microsoft' for ONNX Runtime's. */
  readonly domain: string;
  readonly integers?: Readonly<Record<string, number>>;
  readonly lists?: Readonly<Record<string, readonly number[]>>;
}

/** A node among others: what it reads (`a`, `b` or another's output) and what it gives (`y` in the end). */
export interface Node extends OneNode {
  readonly inputs: readonly string[];
  readonly output: string;
}

type Bytes = number[];

const varint = (value: number): Bytes => {
  const out: Bytes = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) out.push((rest % 128) | 0x80);
  return [...out, rest];
};

const number = (field: number, value: number): Bytes => [...varint(field * 8), ...varint(value)];

const block = (field: number, content: string | readonly Bytes[]): Bytes => {
  const bytes = typeof content === 'string' ? [...new TextEncoder().encode(content)] : content.flat();
  return [...varint(field * 8 + 2), ...varint(bytes.length), ...bytes];
};

const FLOAT = 1;
const INT_ATTRIBUTE = 2;
const INTS_ATTRIBUTE = 7;

/** A float value of any shape. */
const value = (field: number, name: string): Bytes =>
  block(field, [block(1, name), block(2, [block(1, [number(1, FLOAT)])])]);

const nodeBlock = ({ operator, domain, integers = {}, lists = {}, inputs, output }: Node): Bytes =>
  block(1, [
    ...inputs.map((name) => block(1, name)),
    block(2, output),
    block(4, operator),
    ...Object.entries(integers).map(([name, x]) =>
      block(5, [block(1, name), number(3, x), number(20, INT_ATTRIBUTE)]),
    ),
    ...Object.entries(lists).map(([name, list]) =>
      block(5, [block(1, name), ...list.map((x) => number(8, x)), number(20, INTS_ATTRIBUTE)]),
    ),
    block(7, domain),
  ]);

export const oneNodeModel = (node: OneNode): Uint8Array =>
  model([{ ...node, inputs: ['a', 'b'], output: 'y' }]);

/** The serialised model (fields of onnx.proto): two float inputs of any shape, one output. */
export const model = (nodes: readonly Node[]): Uint8Array => {
  const graph = block(7, [
    ...nodes.map(nodeBlock),
    block(2, 'bare'),
    value(11, 'a'),
    value(11, 'b'),
    value(12, 'y'),
  ]);
  const opset = (name: string, version: number): Bytes => block(8, [block(1, name), number(2, version)]);
  return Uint8Array.from([number(1, 9), graph, opset('', 20), opset('com.microsoft', 1)].flat());
};
