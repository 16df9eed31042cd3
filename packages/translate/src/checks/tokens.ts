import { such } from '@steadyformer/core';
import type { GenericSchema } from 'valibot';
import { listOf } from './schemas';

const allowedOf = (vocabulary: number): string =>
  `whole numbers 0 to ${vocabulary - 1}, the tokens of the model`;

const isTokenOf =
  (vocabulary: number) =>
  (id: unknown): boolean =>
    Number.isInteger(id) && Number(id) >= 0 && Number(id) < vocabulary;

/** A token of a vocabulary of this size. */
export const token = (vocabulary: number): GenericSchema<number> =>
  such(allowedOf(vocabulary), isTokenOf(vocabulary));

export const tokenList = (vocabulary: number): GenericSchema<readonly number[]> =>
  listOf(`a list of ${allowedOf(vocabulary)}`, isTokenOf(vocabulary));
