import { SteadyformerError } from '@steadyformer/core';
import { bytes, integer, join, string } from '../../protobuf/protobuf';
import type { Graph, Port } from './graph';

/** Old enough for every ONNX Runtime since 1.13 (2022): the first with LayerNormalization. */
const OPSET = 17;
const IR_VERSION = 8;

/** Of protocol buffers. */
const LARGEST = 2 ** 31 - 1;

/**
 * The bytes of a model of one graph.
 *
 * @throws SteadyformerError on weights beyond 2 GiB, which protocol buffers cannot hold
 */
export const onnxModel = (
  name: string,
  graph: Graph,
  inputs: readonly Port[],
  outputs: readonly Port[],
): Uint8Array => {
  const body = graph.body(name, inputs, outputs);
  const size = body.reduce((sum, { length }) => sum + length, 0);
  if (size > LARGEST) {
    throw new SteadyformerError(
      `the ${name} has ${size} bytes, an ONNX file holds up to ${LARGEST}: export the model as 'marian' or 'ctranslate2'`,
    );
  }
  return join([
    integer(1, IR_VERSION),
    string(2, 'steadyformer'),
    bytes(7, ...body),
    bytes(8, string(1, ''), integer(2, OPSET)),
  ]);
};
