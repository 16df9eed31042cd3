import {
  checkStacked,
  type EmbeddingConfig,
  type Encoder,
  type FromConfigOptions,
  type FullConfig,
  fields,
  fromConfig,
  type LanguageModel,
  loadStateDict,
  type Model,
  NamedStacks,
  parseAs,
  type Stack,
  type Stacked,
  SteadyformerError,
  such,
  type Transformer,
} from '@steadyformer/core';
import * as v from 'valibot';
import { type OutputDifference, outputDifference } from './difference';
import { type InputTable, scaleEmbedding, untie } from './embeddings';
import { foldWhere, type MutableState } from './foldStacks';

/** The models that `reparameterize` rebuilds. Others are folded by `foldStacks`. */
export type FoldableModel = Transformer | LanguageModel | Encoder | Model;

/** Options of `reparameterize`. */
export interface ReparameterizeOptions {
  /**
   * Longest sentence the folded model will see: its first omega turns the sinusoids into a stored table.
   * Default 1024; a model with learned positions, or without any, keeps what it has.
   */
  readonly maxLength?: number;
  /** Residual methods of your own that stacks without omega use, as for `fromConfig`. */
  readonly methods?: NonNullable<FromConfigOptions['methods']>;
  /** Branches of your own that blocks name, as for `fromConfig`. */
  readonly modules?: NonNullable<FromConfigOptions['modules']>;
}

/** Options of `reparameterize` where the difference of the outputs is measured. */
export interface MeasuredOptions<M extends FoldableModel> extends ReparameterizeOptions {
  /** What to measure the difference of the outputs on. */
  readonly batch: Parameters<M['call']>[0];
}

/** A folded model and how far its outputs lie from the original's. */
export interface Reparameterized<M> {
  readonly model: M;
  readonly difference: OutputDifference;
}

/** Tokens: positions are stored, a vector of the model's width each. */
const LONGEST = 2 ** 20;

const optionsSchema = () =>
  fields({
    maxLength: v.optional(
      such<number>(
        `whole numbers from 1 to ${LONGEST}`,
        (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= LONGEST,
      ),
      1024,
    ),
    batch: v.optional(v.unknown()),
    // What they may be is said where the model is built.
    methods: v.optional(v.unknown()),
    modules: v.optional(v.unknown()),
  });

/**
 * The plain Post-LN model with the same function as an Admin one: every omega is folded into the weights around it
 * (Liu et al. 2020, appendix C), and the input embeddings are multiplied by their stack's first omega, which unties
 * them from the output projection. Stacks without a shortcut scale stay as they are, and so do those of other methods
 * whose scales cannot be folded. With `batch`, hands back { model, difference }, the difference measured on it.
 *
 * Exact up to rounding for any omega without zeros. Fold after training only: the function is the same, its
 * training is not. Throws what `foldStacks` throws, and on an encoder without a vocabulary, which has no embedding to
 * multiply. An encoder with one is folded for token ids: a stream in their place must be multiplied by omega_1.
 */
export function reparameterize<M extends FoldableModel>(
  model: M,
  options: MeasuredOptions<M>,
): Promise<Reparameterized<M>>;
export function reparameterize<M extends FoldableModel>(
  model: M,
  options?: ReparameterizeOptions,
): Promise<M>;
export async function reparameterize(
  model: FoldableModel,
  options: ReparameterizeOptions & { readonly batch?: unknown } = {},
): Promise<FoldableModel | Reparameterized<FoldableModel>> {
  checkStacked('reparameterize()', model as Stacked<unknown>);
  const { maxLength, batch } = parseAs(optionsSchema(), options, 'reparameterize()');
  const { methods = {}, modules = {} } = options;
  if (!(model instanceof NamedStacks)) {
    throw cannot('a model of your own, which cannot be rebuilt from a config');
  }
  if (model.config.kind === 'encoder' && !('embedding' in model)) {
    throw cannot('an encoder of streams, which has no embedding to multiply by its first omega');
  }
  const { state, inputScales } = await foldWhere(model as Stacked<unknown>, checkPostLN);
  const inputs = inputsOf(model, inputScales);
  const weights: MutableState = { ...state };
  const config = foldedConfig(model, maxLength, inputScales, inputs);
  await untie(model, config.positions, Object.values(inputs), weights);
  for (const [stack, { to }] of Object.entries(inputs)) scaleEmbedding(to, inputScales[stack], weights);
  const plain = fromConfig(config, { methods, modules });
  loadStateDict(plain, weights);
  if (batch === undefined) return plain;
  return { model: plain, difference: await outputDifference(model as Stacked<unknown>, plain, batch) };
}

/**
 * The table in front of each stack that ids enter: one of its own where the stack is folded and something else reads its
 * table as well. Throws where a folded stack has none to multiply by omega_1.
 */
const inputsOf = (
  { architecture: { stacks, embeddings, output } }: FoldableModel,
  inputScales: Readonly<Record<string, Float32Array>>,
): Readonly<Record<string, InputTable>> => {
  const inputs: Record<string, InputTable> = {};
  const taken = new Set([...Object.keys(embeddings), ...Object.keys(stacks)]);
  for (const [name, { embedding: from }] of Object.entries(stacks)) {
    const folded = Object.hasOwn(inputScales, name);
    if (from === undefined) {
      if (!folded) continue;
      throw cannot(`a stack of streams, '${name}', which has no embedding to multiply by its first omega`);
    }
    const readers = Object.values(stacks).filter((stack) => stack.embedding === from);
    let to = from;
    if (folded && (readers.length > 1 || output === from)) {
      to = `${name}Embedding`;
      while (taken.has(to)) to += '_';
      taken.add(to);
    }
    inputs[name] = { from, to };
  }
  return inputs;
};

const cannot = (received: string): SteadyformerError =>
  new SteadyformerError(
    `reparameterize(): received ${received}. ` +
      'Use foldStacks(model): load its state into the model built with postLN(), and multiply what enters each stack by inputScales.',
  );

/** Throws where what remains without omega is another method than Post-LN. */
const checkPostLN = (stackPath: string, stack: Stack): void => {
  for (const { path, subLayer } of stack.subLayers()) {
    const { after, branchScale } = subLayer.residual;
    const { branchOptions = {} } = stack.method.plan(subLayer.place);
    const plain = Object.keys(branchOptions).length === 0;
    if (after === 'layer' && branchScale.kind === 'one' && plain) continue;
    throw new SteadyformerError(
      `reparameterize(): without omega, ${stackPath}.${path} is not Post-LN; build your own method without it and load foldStacks(model).state`,
    );
  }
};

/** Post-LN where omegas were folded, the stack's own method elsewhere; untied, and positions stored. */
const foldedConfig = (
  { config }: FoldableModel,
  maxLength: number,
  inputScales: Readonly<Record<string, Float32Array>>,
  inputs: Readonly<Record<string, InputTable>>,
): FullConfig => {
  const folded = (stack: object): object => ({ ...stack, method: { name: 'postLN', options: {} } });
  const positions =
    config.positions.kind === 'sinusoidal'
      ? { kind: 'learned' as const, length: maxLength }
      : config.positions;
  const holder = (config.kind === 'stacks' ? config.stacks : config) as Readonly<Record<string, object>>;
  const stacks = Object.fromEntries(Object.keys(inputScales).map((name) => [name, folded(holder[name]!)]));
  if (config.kind !== 'stacks')
    return { ...config, ...stacks, positions, tiedEmbeddings: false } as FullConfig;
  const tables = untied(config.embeddings);
  const reading = Object.entries(inputs).map(([name, { to }]) => [
    name,
    { ...config.stacks[name], ...stacks[name], embedding: to },
  ]);
  return {
    ...config,
    positions,
    stacks: { ...config.stacks, ...stacks, ...Object.fromEntries(reading) } as typeof config.stacks,
    embeddings: {
      ...tables,
      ...Object.fromEntries(Object.values(inputs).map(({ from, to }) => [to, tables[from]!])),
    },
  };
};

/** A table of its own under every name. */
const untied = (
  embeddings: Readonly<Record<string, EmbeddingConfig>>,
): Readonly<Record<string, EmbeddingConfig>> => {
  const own: Record<string, EmbeddingConfig> = {};
  for (const [name, entry] of Object.entries(embeddings))
    own[name] = typeof entry === 'string' ? own[entry]! : entry;
  return own;
};
