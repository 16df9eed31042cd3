import {
  checkInteger,
  checkOptions,
  LanguageModel,
  loadStateDict,
  type MethodConfig,
  type NamedArray,
  sinusoidalPositions,
  stateDict,
  Transformer,
  type TransformerConfig,
} from '@steadyformer/core';
import { foldStack, type MutableState } from './foldStack';
import { multiplyColumns } from './rows';

export interface ReparameterizeOptions {
  /**
   * Longest sentence the folded model will see: its first omega turns the sinusoids into a stored table.
   * Default 1024; a model with learned positions keeps their number.
   */
  readonly maxLength?: number;
}

/**
 * The plain Post-LN Transformer or language model with the same function as an Admin one: every omega is folded into the weights
 * around it (Liu et al. 2020, appendix C), and the input embeddings are multiplied by their stack's first omega,
 * which unties them from the output projection. Stacks without a shortcut scale stay as they are.
 *
 * Exact up to rounding for any omega without zeros. Fold after training only: the function is the same, its
 * training is not. Throws on a zero omega and on branches that do not name their input projections, with the path.
 */
export const reparameterize = async <M extends Transformer | LanguageModel>(
  model: M,
  options: ReparameterizeOptions = {},
): Promise<M> => {
  checkOptions(options, ['maxLength'], 'reparameterize()');
  const { positions } = model.config;
  const length =
    positions.kind === 'learned'
      ? positions.length
      : checkInteger('reparameterize() maxLength', options.maxLength ?? 1024);
  const whole: Transformer | LanguageModel = model;
  const plain =
    whole instanceof LanguageModel ? await foldDecoderOnly(whole, length) : await foldBoth(whole, length);
  return plain as M;
};

const foldBoth = async (model: Transformer, length: number): Promise<Transformer> => {
  const { config } = model;
  const state: MutableState = { ...(await stateDict(model)) };
  const encoderOmega = await foldStack('encoder', model.encoder, state);
  const decoderOmega = await foldStack('decoder', model.decoder, state);
  await untie('sourceEmbedding', ['targetEmbedding', 'outputEmbedding'], config, length, state);
  state['targetEmbedding.positionTable'] ??= state['sourceEmbedding.positionTable']!;
  scaleEmbedding('sourceEmbedding', encoderOmega, state);
  scaleEmbedding('targetEmbedding', decoderOmega, state);
  const plain = new Transformer({
    ...config,
    encoder: { ...config.encoder, method: foldedMethod(config.encoder.method, encoderOmega) },
    decoder: { ...config.decoder, method: foldedMethod(config.decoder.method, decoderOmega) },
    tiedEmbeddings: false,
    positions: { kind: 'learned', length },
  });
  loadStateDict(plain, state);
  return plain;
};

const foldDecoderOnly = async (model: LanguageModel, length: number): Promise<LanguageModel> => {
  const { config } = model;
  const state: MutableState = { ...(await stateDict(model)) };
  const omega = await foldStack('decoder', model.decoder, state);
  await untie('embedding', ['outputEmbedding'], config, length, state);
  scaleEmbedding('embedding', omega, state);
  const plain = new LanguageModel({
    ...config,
    decoder: { ...config.decoder, method: foldedMethod(config.decoder.method, omega) },
    tiedEmbeddings: false,
    positions: { kind: 'learned', length },
  });
  loadStateDict(plain, state);
  return plain;
};

/** Post-LN where omegas were folded, the stack's own method elsewhere. */
const foldedMethod = (method: MethodConfig, omega: Float32Array | undefined): MethodConfig =>
  omega ? { name: 'postLN', options: {} } : method;

/** A table for each of `others` where there was one, and stored positions where they were computed. */
const untie = async (
  input: string,
  others: readonly string[],
  config: EmbeddingConfig,
  length: number,
  state: MutableState,
): Promise<void> => {
  for (const name of others) state[`${name}.table`] ??= state[`${input}.table`]!;
  state[`${input}.positionTable`] ??= await storedSinusoids(config, length);
};

type EmbeddingConfig = Pick<TransformerConfig, 'width' | 'padId'>;

const storedSinusoids = async ({ width, padId }: EmbeddingConfig, length: number): Promise<NamedArray> => {
  const table = sinusoidalPositions(length, width, padId + 1);
  const data = Float32Array.from(await table.data());
  table.dispose();
  return { shape: [length, width], data };
};

const scaleEmbedding = (name: string, omega: Float32Array | undefined, state: MutableState): void => {
  if (!omega) return;
  for (const key of [`${name}.table`, `${name}.positionTable`]) {
    state[key] = multiplyColumns(state[key]!, omega);
  }
};
