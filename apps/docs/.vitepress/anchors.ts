/**
 * The anchor that a link within an API page means. TypeDoc counts headings that differ in case alone as repeated, and
 * links to `#name-1`; a page has them as `#name`.
 *
 * @param ids anchors that the page has.
 */
export const existingAnchor = (href: string, ids: ReadonlySet<string>): string => {
  const [, name, repeated] = /^#(.+?)(-\d+)$/.exec(href) ?? [];
  if (name === undefined || repeated === undefined || ids.has(name + repeated) || !ids.has(name)) return href;
  return `#${name}`;
};
