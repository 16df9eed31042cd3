import type { PlainTransformer } from '../plain/plainTransformer';
import { Graph, type Value } from './graph';
import { attention, embed, feedForward, keyValueOf, padMask, sizeOf } from './layers';
import { onnxModel } from './model';

/** input_ids and attention_mask [B, S]: last_hidden_state [B, S, D]. */
export const encoderModel = ({ encoder, heads, width, activation }: PlainTransformer): Uint8Array => {
  const graph = new Graph();
  const [ids, real] = ['input_ids', 'attention_mask'] as Value[] as [Value, Value];
  const mask = padMask(graph, real);
  const steps = graph.op('Range', [graph.whole(0), sizeOf(graph, ids, 1), graph.whole(1)]);
  let x = embed(graph, ids, steps, encoder);
  for (const [i, layer] of encoder.layers.entries()) {
    const self = `layers.${i}.selfAttention`;
    const seen = keyValueOf(graph, x, self, layer.selfAttention, heads);
    x = attention(graph, x, seen, mask, self, layer.selfAttention, heads);
    x = feedForward(graph, x, `layers.${i}.feedForward`, layer.feedForward, activation);
  }
  const output = graph.op('Identity', [x], {}, 'last_hidden_state' as Value);
  const shape = ['batch_size', 'encoder_sequence_length'];
  return onnxModel(
    'encoder',
    graph,
    [
      { name: ids, element: 'int64', shape },
      { name: real, element: 'int64', shape },
    ],
    [{ name: output, element: 'float', shape: [...shape, width] }],
  );
};
