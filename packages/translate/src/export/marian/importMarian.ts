import { decodeSafetensors, SteadyformerError } from '@steadyformer/core';
import type { Checkpoint } from '../../checkpoint/checkpoint';
import { translatorFrom } from '../../decoding/translatorFrom';
import type { ExportedFiles } from '../exportedFiles';
import { writePlain } from '../plain/writePlain';
import { readTokenizer } from '../tokenizer/readTokenizer';
import { SOURCE_TOKENIZER, TARGET_TOKENIZER } from '../tokenizer/tokenizerFiles';
import { readMarianConfig } from './readConfig';
import { readMarianTensors } from './readTensors';

const CONFIG = 'config.json';
const WEIGHTS = 'model.safetensors';

/** The files that `importMarian` reads, where they are there. */
export const MARIAN_FILES: readonly string[] = [CONFIG, WEIGHTS, SOURCE_TOKENIZER, TARGET_TOKENIZER];

const NEXT = 'Import a folder that steadyformer export wrote.';

const bytesOf = (files: ExportedFiles, name: string): Uint8Array => {
  const bytes = Object.hasOwn(files, name) ? files[name] : undefined;
  if (bytes instanceof Uint8Array) return bytes;
  if (name === SOURCE_TOKENIZER) {
    throw new SteadyformerError(
      `the Marian folder has no ${name}: a vocabulary of SentencePiece alone (source.spm) cannot be read. ${NEXT}`,
    );
  }
  const hint =
    name === WEIGHTS ? " Weights of another form become it by Hugging Face's save_pretrained." : '';
  throw new SteadyformerError(`the Marian folder has no ${name}.${hint} ${NEXT}`);
};

const jsonOf = (files: ExportedFiles, name: string): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(files, name)));
  } catch (error) {
    if (error instanceof SteadyformerError) throw error;
    throw new SteadyformerError(`${name}: it is not JSON, it was damaged; use another copy`);
  }
};

/**
 * A model from the files of a Hugging Face Marian folder (`config.json`, `model.safetensors`, `tokenizer.json` and,
 * where the target's differs, `target_tokenizer.json`) as a Post-LN Transformer of the same function, for use or as a
 * start to train from. Its positions are a learned table.
 *
 * @throws SteadyformerError on another architecture, tensors that are missing, misshapen or left over, and a tokenizer
 *   that is no BPE as this package's
 */
export const importMarian = (files: ExportedFiles): Checkpoint => {
  const sizes = readMarianConfig(jsonOf(files, CONFIG));
  const source = readTokenizer(jsonOf(files, SOURCE_TOKENIZER), SOURCE_TOKENIZER);
  const target = Object.hasOwn(files, TARGET_TOKENIZER)
    ? readTokenizer(jsonOf(files, TARGET_TOKENIZER), TARGET_TOKENIZER)
    : undefined;
  const { tensors } = decodeWeights(bytesOf(files, WEIGHTS));
  const { config, parameters } = writePlain(readMarianTensors(tensors, sizes), sizes.dropout);
  const checkpoint = { config, parameters, vocabulary: target ? { source, target } : source };
  // Whatever else does not belong together is said where it is used.
  translatorFrom(checkpoint).model.dispose();
  return checkpoint;
};

const decodeWeights = (bytes: Uint8Array): ReturnType<typeof decodeSafetensors> => {
  try {
    return decodeSafetensors(bytes);
  } catch (error) {
    if (!(error instanceof SteadyformerError)) throw error;
    throw new SteadyformerError(`${WEIGHTS}: ${error.message}`, { cause: error });
  }
};
