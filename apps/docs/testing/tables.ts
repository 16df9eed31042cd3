/** The rows of the first table under a heading of a page, header left out, each as its cells. */
export const cellsUnder = (markdown: string, heading: string): string[][] => {
  const lines = markdown.split('\n');
  const from = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  if (from < 0) throw new Error(`no heading '${heading}'`);
  const first = lines.findIndex((line, k) => k > from && line.startsWith('|'));
  const count = lines.slice(first).findIndex((line) => !line.startsWith('|'));
  return lines.slice(first + 2, first + count).map((line) =>
    line
      .replaceAll('\\|', '\u0000')
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.replaceAll('\u0000', '|').trim()),
  );
};

/** The inline code of a cell. */
export const codeIn = (cell: string): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
