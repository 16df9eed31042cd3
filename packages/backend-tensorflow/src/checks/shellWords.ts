import { UsageError } from './errors';

/** One piece of a word: quoted singly, quoted doubly, an escaped character, or plain. */
const PIECE = /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)|(\s+)|([\s\S])/g;

/**
 * Splits `text` at white space as a POSIX shell does, quotes and backslashes included. Nothing is expanded: a `$` is
 * a dollar sign.
 *
 * @param name of the option or variable, for the error.
 * @throws UsageError where a quote is not closed or a backslash ends the text.
 */
export const shellWords = (text: string, name: string): string[] => {
  const words: string[] = [];
  let word: string | undefined;
  for (const [, single, double, escaped, plain, space, stray] of text.matchAll(PIECE)) {
    if (stray !== undefined) {
      throw new UsageError(
        `${name} is ${JSON.stringify(text)}: ${stray === '\\' ? 'nothing follows the backslash' : `a ${stray} is not closed`}. Quote it as a shell needs it.`,
      );
    }
    if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (escaped === '\n') {
    } else {
      const inner = double?.replace(/\\([\\"$`\n])/g, (_, kept: string) => (kept === '\n' ? '' : kept));
      word = (word ?? '') + (single ?? inner ?? escaped ?? plain ?? '');
    }
  }
  if (word !== undefined) words.push(word);
  return words;
};

/**
 * The words that start a compiler: `ccache g++` is two. Settings before the program (`CCACHE_DISABLE=1 g++`) work
 * as in a shell.
 *
 * @throws UsageError where there is no word, or a quote is not closed.
 */
export const commandWords = (text: string, name: string): readonly [string, ...string[]] => {
  const [program, ...rest] = shellWords(text, name);
  if (program === undefined || program === '') {
    throw new UsageError(`${name} is empty: give a program, such as g++, or leave it out.`);
  }
  return /^[A-Za-z_]\w*=/.test(program) ? ['env', program, ...rest] : [program, ...rest];
};
