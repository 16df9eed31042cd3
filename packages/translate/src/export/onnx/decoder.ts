import { join } from '../../protobuf/protobuf';
import type { PlainDecoderLayer, PlainTransformer } from '../plain/plainTransformer';
import { Graph, type Port, type Value } from './graph';
import { attention, embed, feedForward, type KeyValue, keyValueOf, maskOf, padMask, sizeOf } from './layers';
import { onnxModel } from './model';

const named = (name: string): Value => name as Value;

const IDS = named('input_ids');
const MEMORY = named('encoder_hidden_states');
const REAL = named('encoder_attention_mask');
/** One flag: whether the cache that is handed in counts. Where it does not, encoder_hidden_states do. */
const CACHED = named('use_cache_branch');

/** The four cached arrays of a layer, those of the past or of the present. */
const cacheNames = (time: 'past_key_values' | 'present', layer: number): readonly Value[] =>
  ['decoder.key', 'decoder.value', 'encoder.key', 'encoder.value'].map((part) =>
    named(`${time}.${layer}.${part}`),
  );

/** What a layer attends to: its past and new tokens, and the source, whose keys and values the cache has after the first call. */
const cached = (
  graph: Graph,
  x: Value,
  layer: PlainDecoderLayer,
  i: number,
  heads: number,
): { readonly self: KeyValue; readonly cross: KeyValue } => {
  const fresh = keyValueOf(graph, x, `layers.${i}.selfAttention`, layer.selfAttention, heads);
  const [pastKey, pastValue, sourceKey, sourceValue] = cacheNames('past_key_values', i) as readonly [
    Value,
    Value,
    Value,
    Value,
  ];
  const branch = (within: Graph, outputs: readonly Value[]): Uint8Array =>
    join(
      within.body(
        'branch',
        [],
        outputs.map((name) => ({ name, element: 'float' })),
      ),
    );
  const later = graph.branch();
  const grown = (past: Value, now: Value): Value => later.op('Concat', [past, now], { axis: 2 });
  const withPast = branch(later, [
    grown(pastKey, fresh.key),
    grown(pastValue, fresh.value),
    later.op('Identity', [sourceKey]),
    later.op('Identity', [sourceValue]),
  ]);
  const first = graph.branch();
  const memory = keyValueOf(first, MEMORY, `layers.${i}.crossAttention`, layer.crossAttention, heads);
  const withoutPast = branch(first, [
    first.op('Identity', [fresh.key]),
    first.op('Identity', [fresh.value]),
    memory.key,
    memory.value,
  ]);
  const [key, value, crossKey, crossValue] = cacheNames('present', i) as readonly [
    Value,
    Value,
    Value,
    Value,
  ];
  graph.add('If', [CACHED], [key, value, crossKey, crossValue], {
    then_branch: withPast,
    else_branch: withoutPast,
  });
  return { self: { key, value }, cross: { key: crossKey, value: crossValue } };
};

const cachePorts = (
  time: 'past_key_values' | 'present',
  { decoder, heads, width }: PlainTransformer,
): readonly Port[] =>
  decoder.layers.flatMap((_, i) =>
    cacheNames(time, i).map((name, part) => ({
      name,
      element: 'float' as const,
      shape: [
        'batch_size',
        heads,
        part < 2 ? `${time}_decoder_sequence_length` : `${time}_encoder_sequence_length`,
        width / heads,
      ],
    })),
  );

/**
 * The next tokens' logits, [B, T, V], of input_ids [B, T] after those of the cache, and the cache that has them as well:
 * `present` is the next call's `past_key_values`. Without `use_cache_branch` the cache is not looked at and may be empty;
 * with it `encoder_hidden_states` are not.
 */
export const decoderModel = (plain: PlainTransformer): Uint8Array => {
  const { decoder, heads, activation, output, tied } = plain;
  const graph = new Graph();
  const past = sizeOf(graph, cacheNames('past_key_values', 0)[0]!, 2);
  const start = graph.op('Squeeze', [graph.op('Where', [CACHED, past, graph.whole(0)])]);
  const end = graph.op('Add', [start, sizeOf(graph, IDS, 1)]);
  const steps = graph.op('Range', [start, end, graph.whole(1)]);
  const keys = graph.op('Range', [graph.whole(0), end, graph.whole(1)]);
  // Position t sees those up to itself: [T, past + T].
  const causal = maskOf(
    graph,
    graph.op('LessOrEqual', [keys, graph.op('Unsqueeze', [steps, graph.list(1)])]),
  );
  const pads = padMask(graph, REAL);
  let x = embed(graph, IDS, steps, decoder);
  for (const [i, layer] of decoder.layers.entries()) {
    const { self, cross } = cached(graph, x, layer, i, heads);
    x = attention(graph, x, self, causal, `layers.${i}.selfAttention`, layer.selfAttention, heads);
    x = attention(graph, x, cross, pads, `layers.${i}.crossAttention`, layer.crossAttention, heads);
    x = feedForward(graph, x, `layers.${i}.feedForward`, layer.feedForward, activation);
  }
  const table = tied ? graph.weights('table', decoder.table) : graph.weights('output', output);
  const logits = named('logits');
  graph.op('MatMul', [x, graph.op('Transpose', [table], { perm: [1, 0] })], {}, logits);
  const tokens = ['batch_size', 'decoder_sequence_length'];
  const source = ['batch_size', 'encoder_sequence_length'];
  return onnxModel(
    'decoder',
    graph,
    [
      { name: REAL, element: 'int64', shape: source },
      { name: IDS, element: 'int64', shape: tokens },
      { name: MEMORY, element: 'float', shape: [...source, plain.width] },
      ...cachePorts('past_key_values', plain),
      { name: CACHED, element: 'bool', shape: [1] },
    ],
    [
      { name: logits, element: 'float', shape: [...tokens, output.shape[0]!] },
      ...cachePorts('present', plain),
    ],
  );
};
