import type { TransformerConfig } from '@steadyformer/core';
import type { BpeJson } from '../../subwords/bpeJson';
import type { Forced, ForcedSettings, Pair } from '../forced';
import type { GroupSettings, Source } from '../group';
import type { PartialTranslation, Translation } from '../translator';

/** What a thread makes its translator of. */
export interface TranslatorStart {
  readonly configs: readonly TransformerConfig[];
  /** All parameters of all models, end to end. */
  readonly weights: SharedArrayBuffer;
  readonly vocabulary: BpeJson | { readonly source: BpeJson; readonly target: BpeJson };
}

/** What a thread does at a time: translate a group of sentences, or score a batch of pairs. */
export type TranslatorWork =
  | {
      readonly kind: 'translate';
      readonly group: readonly Source[];
      readonly settings: GroupSettings;
      /** What is to be told while it is at work. */
      readonly tell: { readonly step: boolean; readonly partial: boolean };
    }
  | {
      readonly kind: 'score';
      readonly pairs: readonly Pair[];
      readonly settings: Omit<ForcedSettings, 'signal'>;
    };

export type TranslatorRequest = TranslatorWork | { readonly kind: 'abort' };

/** What work comes to, in the order of its sentences or pairs. */
export type TranslatorResult = readonly Translation[] | readonly Forced[];

/** How far a group has come: after every token. */
export interface TranslatorNews {
  readonly done: number;
  readonly token: number;
  /** Where they are to be told: what is best of each sentence by now. */
  readonly partials: readonly PartialTranslation[];
}

export type TranslatorReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'news'; readonly news: TranslatorNews }
  | { readonly kind: 'result'; readonly result: TranslatorResult }
  | { readonly kind: 'error'; readonly error: string; readonly known: boolean };
