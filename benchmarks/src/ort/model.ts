/** One node of an ONNX model, over inputs `a` and `b`, giving `y`. */
export interface OneNode {
  readonly operator: string;
  /** '' for ONNX's own operators, 'com.microsoft' for ONNX Runtime's. */
  readonly domain: string;
  readonly integers?: Readonly<Record<string, number>>;
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

/** A float value of any shape. */
const value = (field: number, name: string): Bytes =>
  block(field, [block(1, name), block(2, [block(1, [number(1, FLOAT)])])]);

/** The serialised model (fields of onnx.proto): two float inputs of any shape, one output. */
export const oneNodeModel = ({ operator, domain, integers = {} }: OneNode): Uint8Array => {
  const attributes = Object.entries(integers).map(([name, x]) =>
    block(5, [block(1, name), number(3, x), number(20, INT_ATTRIBUTE)]),
  );
  const node = block(1, [
    block(1, 'a'),
    block(1, 'b'),
    block(2, 'y'),
    block(4, operator),
    ...attributes,
    block(7, domain),
  ]);
  const graph = block(7, [node, block(2, 'bare'), value(11, 'a'), value(11, 'b'), value(12, 'y')]);
  const opset = (name: string, version: number): Bytes => block(8, [block(1, name), number(2, version)]);
  return Uint8Array.from([number(1, 9), graph, opset('', 20), opset('com.microsoft', 1)].flat());
};
