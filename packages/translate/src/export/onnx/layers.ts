import type {
  PlainActivation,
  PlainAttention,
  PlainFeedForward,
  PlainLinear,
  PlainNorm,
  PlainStack,
} from '../plain/plainTransformer';
import type { Graph, Value } from './graph';

/** What is added to the scores of keys that are not to be seen. */
const HIDDEN = -1e9;

/** x [..., inputs]: [..., outputs] */
export const linear = (graph: Graph, x: Value, name: string, { weight, bias }: PlainLinear): Value =>
  graph.op('Add', [
    graph.op('MatMul', [x, graph.weights(`${name}.weight`, weight)]),
    graph.weights(`${name}.bias`, bias),
  ]);

/** LN(x + branch), [B, T, D] */
export const join = (graph: Graph, x: Value, branch: Value, name: string, { gain, bias }: PlainNorm): Value =>
  graph.op(
    'LayerNormalization',
    [
      graph.op('Add', [x, branch]),
      graph.weights(`${name}.norm.gain`, gain),
      graph.weights(`${name}.norm.bias`, bias),
    ],
    { axis: -1, epsilon: { float: 1e-5 } },
  );

const gelu = (graph: Graph, x: Value): Value => {
  const number = (value: number): Value => graph.number(value);
  const cube = graph.op('Mul', [graph.op('Mul', [x, x]), x]);
  const inner = graph.op('Add', [x, graph.op('Mul', [cube, number(0.044715)])]);
  const tanh = graph.op('Tanh', [graph.op('Mul', [inner, number(Math.sqrt(2 / Math.PI))])]);
  return graph.op('Mul', [graph.op('Mul', [x, number(0.5)]), graph.op('Add', [tanh, number(1)])]);
};

const ACTIVATIONS: Readonly<Record<PlainActivation, (graph: Graph, x: Value) => Value>> = {
  relu: (graph, x) => graph.op('Relu', [x]),
  gelu,
  swish: (graph, x) => graph.op('Mul', [x, graph.op('Sigmoid', [x])]),
};

/** x' = LN(x + f(x)), [B, T, D] */
export const feedForward = (
  graph: Graph,
  x: Value,
  name: string,
  { inner, outer, norm }: PlainFeedForward,
  activation: PlainActivation,
): Value => {
  const hidden = ACTIVATIONS[activation](graph, linear(graph, x, `${name}.inner`, inner));
  return join(graph, x, linear(graph, hidden, `${name}.outer`, outer), name, norm);
};

/** [B, T, D] by heads: [B, H, T, D / H] */
export const byHeads = (graph: Graph, x: Value, heads: number, width: number): Value =>
  graph.op('Transpose', [graph.op('Reshape', [x, graph.list(0, 0, heads, width / heads)])], {
    perm: [0, 2, 1, 3],
  });

/** Keys and values by heads, [B, H, T, D / H]. */
export interface KeyValue {
  readonly key: Value;
  readonly value: Value;
}

/** Keys and values of a stream [B, T, D]. */
export const keyValueOf = (
  graph: Graph,
  stream: Value,
  name: string,
  { key, value }: PlainAttention,
  heads: number,
): KeyValue => {
  const width = key.bias.shape[0]!;
  return {
    key: byHeads(graph, linear(graph, stream, `${name}.key`, key), heads, width),
    value: byHeads(graph, linear(graph, stream, `${name}.value`, value), heads, width),
  };
};

/** x' = LN(x + attention of x to keys and values), mask added to the scores [B, H, T, S]: [B, T, D] */
export const attention = (
  graph: Graph,
  x: Value,
  { key, value }: KeyValue,
  mask: Value,
  name: string,
  { query, output, norm }: PlainAttention,
  heads: number,
): Value => {
  const width = query.bias.shape[0]!;
  const scale = graph.number(1 / Math.sqrt(width / heads));
  const queries = byHeads(graph, linear(graph, x, `${name}.query`, query), heads, width);
  const turned = graph.op('Transpose', [key], { perm: [0, 1, 3, 2] });
  const scores = graph.op('MatMul', [graph.op('Mul', [queries, scale]), turned]);
  const weights = graph.op('Softmax', [graph.op('Add', [scores, mask])], { axis: -1 });
  const heard = graph.op('Transpose', [graph.op('MatMul', [weights, value])], { perm: [0, 2, 1, 3] });
  const joined = graph.op('Reshape', [heard, graph.list(0, 0, width)]);
  return join(graph, x, linear(graph, joined, `${name}.output`, output), name, norm);
};

/** 0 where `seen`, else far below any score. */
export const maskOf = (graph: Graph, seen: Value): Value =>
  graph.op('Where', [seen, graph.number(0), graph.number(HIDDEN)]);

/** The mask of keys by which of them are real, [B, S] of 1 and 0: [B, 1, 1, S] */
export const padMask = (graph: Graph, real: Value): Value =>
  maskOf(graph, graph.op('Unsqueeze', [graph.op('Cast', [real], { to: 9 }), graph.list(1, 2)]));

/** sqrt(D) table[id] + positions[t] of ids [B, T] at positions [T]: [B, T, D] */
export const embed = (
  graph: Graph,
  ids: Value,
  at: Value,
  { table, positions }: PlainStack<unknown>,
): Value => {
  const scale = graph.number(Math.sqrt(table.shape[1]!));
  const rows = graph.op('Mul', [graph.op('Gather', [graph.weights('table', table), ids]), scale]);
  return graph.op('Add', [rows, graph.op('Gather', [graph.weights('positions', positions), at])]);
};

/** The size of a dimension, as a number. */
export const sizeOf = (graph: Graph, x: Value, axis: number): Value =>
  graph.op('Squeeze', [graph.op('Shape', [x], { start: axis, end: axis + 1 })]);
