/** One sentence and its translation. */
export interface SentencePair {
  readonly source: string;
  readonly target: string;
}

/** Where text comes from: its name for error messages, and its content as a string or as chunks. */
export interface NamedText {
  /** A file name, a URL, or any word a reader recognises. */
  readonly name: string;
  /** A string, or chunks of text or of UTF-8 bytes in order (a file stream, a fetch body). */
  readonly content: string | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;
}
