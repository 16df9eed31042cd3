import { fields, oneOf, parseAs } from '@steadyformer/core';
import * as v from 'valibot';
import { having, needed, type SchemasOf, upTo } from '../checks/schemas';
import type { Translator } from '../decoding/translator';
import { bothSides, type Vocabularies } from '../subwords/vocabularies';
import { ctranslate2Files } from './ctranslate2/ctranslate2Files';
import type { ExportedFiles } from './exportedFiles';
import { marianFiles } from './marian/marianFiles';
import { onnxFiles } from './onnx/onnxFiles';
import { LONGEST } from './plain/longest';
import type { PlainTransformer } from './plain/plainTransformer';
import { readPlain } from './plain/readPlain';

/** What other programs read. */
export type ExportFormat = 'marian' | 'ctranslate2' | 'onnx';

const FORMATS: Readonly<
  Record<ExportFormat, (plain: PlainTransformer, sides: Vocabularies) => ExportedFiles>
> = { marian: marianFiles, ctranslate2: ctranslate2Files, onnx: onnxFiles };

/** Names of the formats that `exportModel` writes. */
export const EXPORT_FORMATS: readonly ExportFormat[] = Object.keys(FORMATS) as ExportFormat[];

/** Options of `exportModel`. */
export interface ExportOptions {
  readonly format: ExportFormat;
  /**
   * Tokens of the longest sentence, the end included, of a model without learned positions: its positions leave as a
   * table. Default 1024.
   */
  readonly maxLength?: number;
}

const optionFields = () =>
  fields({
    format: needed(oneOf(EXPORT_FORMATS)),
    maxLength: v.optional(upTo(LONGEST), 1024),
  } satisfies SchemasOf<ExportOptions>);

/**
 * A translator's model and vocabulary, or vocabularies, as the files of another program. Its shortcut scales are folded
 * away (Liu et al. 2020, appendix C); it itself is left as it is.
 *
 * - `marian`: a folder of Hugging Face's Marian, for `MarianMTModel.from_pretrained`.
 * - `ctranslate2`: `model.bin`, for `ctranslate2.Translator`.
 * - `onnx`: encoder and decoder with a cache, for ONNX Runtime and transformers.js.
 *
 * @throws SteadyformerError on a model that is no Post-LN Transformer once folded, or has another part that the formats
 *   have no place for, naming it; on weights that a format cannot hold
 */
export const exportModel = async (translator: Translator, options: ExportOptions): Promise<ExportedFiles> => {
  const { format, maxLength } = parseAs(optionFields(), options, 'exportModel()');
  const { model, vocabulary } = parseAs(
    having<Translator>(['translate'], 'a Translator, as loadTranslator() gives it'),
    translator,
    'exportModel() translator',
  );
  return FORMATS[format](
    await readPlain(model, maxLength),
    bothSides(vocabulary, 'exportModel() vocabulary'),
  );
};
