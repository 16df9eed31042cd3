import { SPECIAL_IDS, SPECIAL_TOKENS } from '../../subwords/special';
import type { Vocabularies } from '../../subwords/vocabularies';
import { jsonBytes } from '../json';
import type { PlainTransformer } from '../plain/plainTransformer';
import { isShared, tokenizerFiles } from '../tokenizer/tokenizerFiles';
import { modelBin } from './modelBin';
import { transformerSpec } from './variables';

/**
 * A folder of CTranslate2. Its `translate_batch` takes tokens with the end, as the tokenizer beside it makes them; the
 * decoder begins with the end as well.
 */
export const ctranslate2Files = (
  plain: PlainTransformer,
  sides: Vocabularies,
): Readonly<Record<string, Uint8Array>> => {
  const named = (id: number): string => SPECIAL_TOKENS[id]!;
  const { source, target } = sides;
  const vocabularies = isShared(sides)
    ? { 'shared_vocabulary.json': source.tokens }
    : { 'source_vocabulary.json': source.tokens, 'target_vocabulary.json': target.tokens };
  const said = {
    'config.json': {
      add_source_bos: false,
      add_source_eos: false,
      bos_token: named(SPECIAL_IDS.bos),
      decoder_start_token: named(SPECIAL_IDS.eos),
      eos_token: named(SPECIAL_IDS.eos),
      layer_norm_epsilon: 1e-5,
      multi_query_attention: false,
      unk_token: named(SPECIAL_IDS.unk),
    },
    ...vocabularies,
    ...tokenizerFiles(sides, plain.encoder.positions.shape[0]!),
  };
  return {
    ...Object.fromEntries(Object.entries(said).map(([name, value]) => [name, jsonBytes(value)])),
    'model.bin': modelBin(transformerSpec(plain)),
  };
};
