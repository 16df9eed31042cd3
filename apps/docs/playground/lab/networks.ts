import { adminInit, needsProfile } from '@steadyformer/admin-init';
import { type InputDescription, zipfTokens } from '@steadyformer/analysis';
import { type Encoder, encoder, methods, type ResidualMethod } from '@steadyformer/core';
import type * as tf from '@tensorflow/tfjs';
import type { Choice, MethodName } from '../methods';

/** Sizes of the encoder that theory describes and `measure` builds. */
export const ENCODER = { width: 64, feedForward: 256 } as const;
const HEADS = 4;
const VOCABULARY = 200;

/** Its batch: synthetic sentences whose tokens follow Zipf's law. */
export const SENTENCES = { sentences: 4, length: 16 } as const;

/**
 * Moments of what enters the first branch, sqrt(D) E[token] + position: the token part has unit power, the positions
 * one half, most of it alike in all tokens. A test holds them against such batches.
 */
export const INPUT: InputDescription = { variance: 1.3, secondMoment: 1.5, correlation: 0.2 };

/** How the weights are moved: every weight, the embedding's too, up or down by this at random. */
export const STEP_SIZE = 1e-4;

export const methodOf = (name: MethodName): ResidualMethod => methods[name]({});

/** The batch of a seed, [4, 16]. The caller disposes. */
export const measuredBatch = (seed: number): tf.Tensor2D =>
  zipfTokens({ ...SENTENCES, vocabulary: VOCABULARY, seed });

/** A network as at the start of training: Admin's scales are set from the batch. The caller disposes. */
export const measuredNetwork = async (choice: Choice, seed: number, batch: tf.Tensor2D): Promise<Encoder> => {
  const { method, depth } = choice;
  const model = encoder(
    { ...ENCODER, heads: HEADS, vocabulary: VOCABULARY, depth, method: methodOf(method) },
    seed,
  );
  if (needsProfile(model)) await adminInit(model, [batch]);
  return model;
};
