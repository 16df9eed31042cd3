import {
  type AttentionPositions,
  anyRecord,
  fields,
  finite,
  flag,
  isRecord,
  type MethodConfig,
  oneOf,
  type Positions,
  rate,
  type StochasticDepth,
  such,
  type TiedEmbeddings,
  text,
  whole,
} from '@steadyformer/core';
import * as v from 'valibot';
import { byForm, key, type Section, section } from '../section';

/** A residual method by name, with its options where it has any. */
export type MethodChoice = string | MethodConfig;

export interface PerStack<T> {
  readonly encoder: T;
  readonly decoder: T;
}

export interface ModelConfig {
  readonly method: MethodChoice | PerStack<MethodChoice>;
  readonly width: number;
  readonly heads: number;
  readonly keyValueHeads?: number;
  readonly feedForward?: number;
  readonly depth: number | PerStack<number>;
  readonly activation?: string;
  readonly dropout: { readonly residual: number; readonly attention: number; readonly activation: number };
  readonly positions?: Positions;
  readonly attentionPositions?: AttentionPositions;
  readonly tiedEmbeddings?: TiedEmbeddings;
  readonly stochasticDepth?: StochasticDepth | PerStack<StochasticDepth>;
}

export interface ProfileConfig {
  readonly batches: number;
  readonly rule: 'reference' | 'paper';
  readonly pads: 'masked' | 'counted';
  readonly dropout: boolean;
}

const isPerStack = (value: unknown): boolean => isRecord(value) && ('encoder' in value || 'decoder' in value);

/** The same for both stacks, or one a stack. */
const perStack = <T>(one: (value: unknown) => v.GenericSchema): v.GenericSchema<T | PerStack<T>> =>
  byForm<T | PerStack<T>>((value) =>
    isPerStack(value) ? fields({ encoder: byForm(one), decoder: byForm(one) }) : one(value),
  );

const method = (value: unknown): v.GenericSchema =>
  isRecord(value)
    ? fields({ name: text(), options: v.optional(anyRecord()), branches: v.optional(anyRecord()) })
    : such(
        'the name of a residual method, { name, options, branches }, or { encoder, decoder } of these',
        (name) => typeof name === 'string',
      );

const depth = (): v.GenericSchema =>
  such(
    'whole numbers >= 1, or { encoder, decoder } of these',
    (blocks) => Number.isSafeInteger(blocks) && Number(blocks) > 0,
  );

export const modelSection = (): Section<ModelConfig> =>
  section('The Transformer.', {
    method: key(
      "How branches join their shortcuts: 'admin', 'postLN', 'preLN', 'deepNorm', ...; { name, options }, or one a stack.",
      perStack<MethodChoice>(method),
      'admin',
    ),
    width: key('Features of the stream.', whole(), 256),
    heads: key('Attention heads.', whole(), 4),
    keyValueHeads: key(
      'Heads of keys and values: fewer than heads make it grouped-query attention.',
      whole(),
    ),
    feedForward: key("Features of the feed-forward's hidden layer. Default 4 * width.", whole()),
    depth: key('Blocks of each stack, or { encoder, decoder }.', perStack<number>(depth), 6),
    activation: key("Of the feed-forward: 'relu', 'gelu', ... Default 'relu'.", text()),
    dropout: section('Rates of dropout.', {
      residual: key("Of embeddings and every branch's output.", rate(), 0.1),
      attention: key('Of attention probabilities.', rate(), 0.1),
      activation: key("Of the feed-forward's hidden features.", rate(), 0.1),
    }),
    positions: key(
      "Position vectors, such as { kind: 'sinusoidal' }, which is the default.",
      anyRecord() as never,
    ),
    attentionPositions: key(
      "Positions in self-attention in place of vectors, such as { kind: 'rotary' }.",
      anyRecord() as never,
    ),
    tiedEmbeddings: key(
      "Which of source input, target input and output share one table: true (all), 'decoder' (the last two), false. Default true with one vocabulary.",
      oneOf([true, false, 'decoder']),
    ),
    stochasticDepth: key(
      'Branches skipped at random in training, such as { rate: 0.1 }.',
      anyRecord() as never,
    ),
  });

export const profileSection = (): Section<ProfileConfig> =>
  section('How omega is set where the method sets it from data, as admin does.', {
    batches: key('Batches that are profiled.', whole(), 1),
    rule: key(
      "'reference' follows the authors' code, 'paper' the text.",
      oneOf(['reference', 'paper']),
      'reference',
    ),
    pads: key(
      "Whether pads count in the variances: 'masked' or 'counted'.",
      oneOf(['masked', 'counted']),
      'masked',
    ),
    dropout: key('Whether dropout acts.', flag(), true),
  });

/** Numbers above 0. */
export const above0 = (): v.GenericSchema<number> => finite('numbers > 0', (value) => value > 0);
