import {
  checkInteger,
  checkOptions,
  LanguageModel,
  loadStateDict,
  type MethodConfig,
  type Positions,
  stateDict,
  type TokenEmbedding,
  Transformer,
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
  untie(['sourceEmbedding', 'targetEmbedding', 'outputEmbedding'], state);
  if (config.positions.kind !== 'none') {
    await storePositions('sourceEmbedding', model.sourceEmbedding, length, state);
    await storePositions('targetEmbedding', model.targetEmbedding, length, state);
  }
  scaleEmbedding('sourceEmbedding', encoderOmega, state);
  scaleEmbedding('targetEmbedding', decoderOmega, state);
  const plain = new Transformer({
    ...config,
    encoder: { ...config.encoder, method: foldedMethod(config.encoder.method, encoderOmega) },
    decoder: { ...config.decoder, method: foldedMethod(config.decoder.method, decoderOmega) },
    tiedEmbeddings: false,
    positions: foldedPositions(config.positions, length),
  });
  loadStateDict(plain, state);
  return plain;
};

const foldDecoderOnly = async (model: LanguageModel, length: number): Promise<LanguageModel> => {
  const { config } = model;
  const state: MutableState = { ...(await stateDict(model)) };
  const omega = await foldStack('decoder', model.decoder, state);
  untie(['embedding', 'outputEmbedding'], state);
  if (config.positions.kind !== 'none') await storePositions('embedding', model.embedding, length, state);
  scaleEmbedding('embedding', omega, state);
  const plain = new LanguageModel({
    ...config,
    decoder: { ...config.decoder, method: foldedMethod(config.decoder.method, omega) },
    tiedEmbeddings: false,
    positions: foldedPositions(config.positions, length),
  });
  loadStateDict(plain, state);
  return plain;
};

/** Post-LN where omegas were folded, the stack's own method elsewhere. */
const foldedMethod = (method: MethodConfig, omega: Float32Array | undefined): MethodConfig =>
  omega ? { name: 'postLN', options: {} } : method;

/** Vectors that omega multiplies are stored; a model without any keeps to that. */
const foldedPositions = (positions: Positions, length: number): Positions =>
  positions.kind === 'none' ? positions : { kind: 'learned', length };

/** A table for each of the embeddings, that of the one before where they were tied. */
const untie = (names: readonly string[], state: MutableState): void => {
  for (const [i, name] of names.entries()) state[`${name}.table`] ??= state[`${names[i - 1]}.table`]!;
};

/** The embedding's position vectors as a table, where they are not one. */
const storePositions = async (
  name: string,
  embedding: TokenEmbedding,
  length: number,
  state: MutableState,
): Promise<void> => {
  const vectors = embedding.positionVectors(0, length);
  state[`${name}.positionTable`] ??= {
    shape: vectors.shape,
    data: Float32Array.from(await vectors.data<'float32'>()),
  };
  vectors.dispose();
};

const scaleEmbedding = (name: string, omega: Float32Array | undefined, state: MutableState): void => {
  if (!omega) return;
  for (const key of [`${name}.table`, `${name}.positionTable`]) {
    const rows = state[key];
    if (rows) state[key] = multiplyColumns(rows, omega);
  }
};
