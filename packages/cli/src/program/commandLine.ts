import type { Streams } from './streams';

/** What commands are given beside their options. */
export interface CommandLine {
  readonly streams: Streams;
  /** What was typed after the program's name. */
  readonly args: readonly string[];
  /** The file that Node runs as this program, for processes of its own. */
  readonly program: () => string;
  /** Sets the exit code of a command that ends well and yet has bad news. */
  readonly exitWith: (code: number) => void;
}
