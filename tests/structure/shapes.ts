/** The comments of a program. */
const commentsOf = (text: string): readonly string[] =>
  text.match(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm) ?? [];

/** A size: a capital letter, or one and a small one, such as `B` and `Dh`. */
const SIZE = /(?<![\w'.-])[A-Z][a-z]?(?![\w^'(])/g;

/** Brackets that list values, such as `[y, x W + b]`, and no sizes. */
const VALUES = /(?<!\w)[xyb](?!\w)/;

/** The letters of the shapes in a program's comments: of `[B, T, (H + 2 G) Dh]` B, T, H, G and Dh. */
export const lettersIn = (text: string): ReadonlySet<string> =>
  new Set(
    commentsOf(text)
      .flatMap((comment) => comment.replaceAll('\n', ' ').match(/\[[^[\]`'"]*\]/g) ?? [])
      .filter((bracket) => !VALUES.test(bracket))
      .flatMap((bracket) => bracket.match(SIZE) ?? []),
  );

/** The letters that a package's index defines: those in backquotes in the paragraph that begins with "Shapes". */
export const lettersDefinedIn = (text: string): ReadonlySet<string> => {
  const [comment = ''] = commentsOf(text).filter((each) => /^ \* Shapes/m.test(each));
  const [, paragraph = ''] = /^ \* Shapes([\s\S]*?)(?:^ \*\s*$|\*\/|^ \* @)/m.exec(comment) ?? [];
  return new Set([...paragraph.matchAll(/`([A-Z][a-z]?)`/g)].map(([, letter = '']) => letter));
};
