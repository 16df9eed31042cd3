/** A fenced code block of a Markdown page. */
export interface Snippet {
  /** The page, relative to the repository. */
  readonly page: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** What follows the language, e.g. `no-run needs a trained model`. */
  readonly info: string;
  readonly code: string;
}

const FENCE = /^( {0,3})(`{3,}|~{3,})\s*([\w-]*)[ \t]*(.*)$/;

/** The fenced blocks of a page, in order. A fence ends with at least as many of its own characters. */
export const snippetsOf = (page: string, markdown: string): Snippet[] => {
  const found: Snippet[] = [];
  let open: { fence: string; snippet: Omit<Snippet, 'code'>; lines: string[] } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (open) {
      if (line.trim().startsWith(open.fence) && /^[`~\s]+$/.test(line)) {
        found.push({ ...open.snippet, code: `${open.lines.join('\n')}\n` });
        open = undefined;
      } else open.lines.push(line);
      continue;
    }
    const [, , fence, language = '', info = ''] = FENCE.exec(line) ?? [];
    if (fence) open = { fence, lines: [], snippet: { page, line: index + 1, language, info: info.trim() } };
  }
  return found;
};

/** Whether a block is a program that is shown to users. */
export const isProgram = ({ language }: Snippet): boolean =>
  ['ts', 'typescript', 'js', 'javascript'].includes(language);

/** Whether a block is shell commands. */
export const isShell = ({ language }: Snippet): boolean => ['sh', 'bash', 'shell'].includes(language);

/** What the page says that a program prints: a block marked `output`, where one follows it. */
export const outputOf = (program: Snippet, shown: readonly Snippet[]): string | undefined => {
  const next = shown[shown.indexOf(program) + 1];
  return next?.page === program.page && next.info === 'output' ? next.code : undefined;
};

/** Why a program is not run: the words after `no-run`, which must be there. Undefined where it is run. */
export const reasonNotToRun = ({ info, page, line }: Snippet): string | undefined => {
  const [, reason] = /^no-run\b\s*(.*)$/.exec(info) ?? [];
  if (reason === '') throw new Error(`${page}:${line}: 'no-run' needs a reason after it`);
  return reason;
};

/** Targets of the page's inline links that are files of the repository. */
export const relativeLinks = (markdown: string): string[] =>
  [...markdown.replace(/^( {0,3})(`{3,}|~{3,})[\s\S]*?^\1\2/gm, '').matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, href = '']) => href.split('#')[0]!)
    .filter((href) => href !== '' && !/^(?:[a-z]+:|\/)/i.test(href));
