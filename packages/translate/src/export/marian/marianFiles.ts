import { encodeSafetensors } from '@steadyformer/core';
import type { Vocabularies } from '../../subwords/vocabularies';
import { jsonBytes } from '../json';
import type { PlainTransformer } from '../plain/plainTransformer';
import { tokenizerFiles } from '../tokenizer/tokenizerFiles';
import { generationConfig, marianConfig } from './marianConfig';
import { marianTensors } from './names';

/** All but the weights, which Hugging Face's libraries read in Python and JavaScript alike: JSON by name. */
export const describingFiles = (
  plain: PlainTransformer,
  sides: Vocabularies,
): Readonly<Record<string, unknown>> => ({
  'config.json': marianConfig(plain),
  'generation_config.json': generationConfig(plain),
  ...tokenizerFiles(sides, plain.encoder.positions.shape[0]!),
});

/** A folder of Hugging Face's Marian. */
export const marianFiles = (
  plain: PlainTransformer,
  sides: Vocabularies,
): Readonly<Record<string, Uint8Array>> => ({
  ...Object.fromEntries(
    Object.entries(describingFiles(plain, sides)).map(([name, value]) => [name, jsonBytes(value)]),
  ),
  'model.safetensors': encodeSafetensors(marianTensors(plain), { format: 'pt' }),
});
