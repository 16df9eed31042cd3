import type { Lexical } from './lexicalConstraints';
import type { EncodedSource } from './sources';
import type { TranslateOptions, TranslateSettings } from './translateOptions';

/** A sentence with all that is its own of what its translation depends on. Plain: it can be sent to a thread. */
export interface Source extends EncodedSource {
  /** Its place among all sentences of the call. */
  readonly index: number;
  /** Most tokens of its translation. */
  readonly limit: number;
  /** What its translation begins with. */
  readonly prefix: readonly number[];
  /** What it has to contain and must not, where there is any. */
  readonly lexical?: Lexical | undefined;
}

/** Settings that all sentences of a call have in common. Plain too. */
export type GroupSettings = Omit<
  TranslateSettings,
  'maxLength' | 'prefixes' | 'constraints' | 'forbiddenPhrases' | 'signal' | 'onProgress' | 'onPartial'
>;

/** Who is told of groups at work, and what ends them. */
export interface GroupEars {
  /** Told after every token how many sentences of a group are done, the token's number, and which group it is. */
  readonly onStep?: ((done: number, token: number, group: number) => void) | undefined;
  readonly onPartial?: TranslateOptions['onPartial'] | undefined;
  readonly signal?: AbortSignal | undefined;
}
