/** A page's markdown as its text is read outside the site: without comments, scripts and styles. */
export const plainMarkdown = (markdown: string): string =>
  markdown
    .replace(/<!--[\s\S]*?-->\n?/g, '')
    .replace(/^<(script|style)\b[\s\S]*?^<\/\1>\n?/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();

const LONGEST = 200;

/** Markdown of one paragraph as plain text. */
const unmarked = (paragraph: string): string =>
  paragraph
    .replace(/<[^>]+>/g, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*`]|\\(?=[_*[\]])/g, '')
    .replace(/\s+/g, ' ')
    .trim();

/** No paragraph of text: headings, tables, lists, code, quotes, formulas, HTML. */
const OTHER = /^(?:#|\||[-*] |\d+\. |```|>|\$\$|:::|<| {4})/;

/**
 * What a page says it is about: its first paragraph, whole sentences of it up to 200 characters, cut at a word where
 * the first is longer. Undefined for a page without one.
 */
export const descriptionOf = (markdown: string): string | undefined => {
  const [first] = plainMarkdown(markdown)
    .replace(/^(`{3,})[\s\S]*?^\1.*$/gm, '')
    .split(/\n\s*\n/)
    .filter((block) => block.trim() !== '' && !OTHER.test(block))
    .map(unmarked)
    .filter((text) => text !== '');
  if (first === undefined || first.length <= LONGEST) return first?.replace(/:$/, '.');
  const cut = first.slice(0, LONGEST);
  const end = Math.max(cut.lastIndexOf('. '), cut.lastIndexOf('; '));
  return end > 40 ? `${cut.slice(0, end)}.` : `${cut.slice(0, cut.lastIndexOf(' '))} ...`;
};
