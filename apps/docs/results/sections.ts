/** Markdown below a heading of the second level, up to the next one. */
export const section = (markdown: string, heading: string): string => {
  const found = markdown.split(/^(?=## )/mu).find((each) => each.startsWith(`## ${heading}\n`));
  if (found === undefined) throw new Error(`no section '## ${heading}'`);
  return found.slice(found.indexOf('\n')).trim();
};

/** A README's heading of the first level, and what follows. */
export const titled = (markdown: string): { readonly title: string; readonly body: string } => {
  const [, title = '', body = ''] = /^# (.*)\n([\s\S]*)$/u.exec(markdown) ?? [];
  return { title, body: body.trim() };
};

/** Whether a README has a section. */
export const splitAt = (markdown: string, heading: string): readonly [before: string, after: string] => {
  const at = markdown.indexOf(`\n## ${heading}\n`);
  if (at < 0) return [markdown, ''];
  return [markdown.slice(0, at).trim(), markdown.slice(at + heading.length + 5).trim()];
};
