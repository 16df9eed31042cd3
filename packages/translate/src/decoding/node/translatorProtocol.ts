import type { TransformerConfig } from '@steadyformer/core';
import type { BpeJson } from '../../subwords/bpeJson';
import type { TranslateOptions, Translation } from '../translator';

/** What a thread makes its translator of. */
export interface TranslatorStart {
  readonly configs: readonly TransformerConfig[];
  /** All parameters of all models, end to end. */
  readonly weights: SharedArrayBuffer;
  readonly vocabulary: BpeJson | { readonly source: BpeJson; readonly target: BpeJson };
}

/** Options that can be sent to a thread. */
export type SentOptions = Omit<
  TranslateOptions,
  'maxLength' | 'onProgress' | 'onPartial' | 'sampling' | 'signal'
>;

export type TranslatorRequest =
  | { readonly kind: 'translate'; readonly sentences: readonly string[]; readonly options: SentOptions }
  | { readonly kind: 'abort' };

export type TranslatorReply =
  | { readonly translations: readonly Translation[] }
  | { readonly error: string; readonly known: boolean };
