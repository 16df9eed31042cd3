import type { Vocabularies } from '../../subwords/vocabularies';
import { jsonBytes } from '../json';
import { describingFiles } from '../marian/marianFiles';
import type { PlainTransformer } from '../plain/plainTransformer';
import { decoderModel } from './decoder';
import { encoderModel } from './encoder';

/**
 * A folder as transformers.js reads it: the files that describe a Marian, and below `onnx/` the encoder and the decoder,
 * whose one graph is for the first token and, with a cache, for all later ones.
 */
export const onnxFiles = (
  plain: PlainTransformer,
  sides: Vocabularies,
): Readonly<Record<string, Uint8Array>> => ({
  ...Object.fromEntries(
    Object.entries(describingFiles(plain, sides)).map(([name, value]) => [name, jsonBytes(value)]),
  ),
  'onnx/encoder_model.onnx': encoderModel(plain),
  'onnx/decoder_model_merged.onnx': decoderModel(plain),
});
