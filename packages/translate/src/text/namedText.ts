import { fields, such, text } from '@steadyformer/core';
import type { GenericSchema } from 'valibot';
import { needed, type SchemasOf } from '../checks/schemas';

/** Where text comes from: its name for error messages, and its content as a string or as chunks. */
export interface NamedText {
  /** A file name, a URL, or any word a reader recognises. */
  readonly name: string;
  /** A string, or chunks of text or of UTF-8 bytes in order (a file stream, a fetch body). */
  readonly content: string | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;
}

const isContent = (content: unknown): boolean =>
  typeof content === 'string' ||
  (typeof content === 'object' &&
    content !== null &&
    (Symbol.iterator in content || Symbol.asyncIterator in content));

export const namedText = (): GenericSchema<NamedText> =>
  fields({
    name: needed(text()),
    content: needed(such<NamedText['content']>('a text, or chunks of text or of bytes', isContent)),
  } satisfies SchemasOf<NamedText>);
