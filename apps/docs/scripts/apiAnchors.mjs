import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { createMarkdownRenderer } from 'vitepress';

/**
 * The anchor that is meant by one that a page lacks. TypeDoc counts headings that differ in case alone as repeated
 * (`name-1`), keeps underscores, and leaves modifiers of a class out. Nothing where none of its page is near.
 *
 * @param {string} anchor
 * @param {ReadonlySet<string>} ids the anchors of the page
 */
export const meantAnchor = (anchor, ids) => {
  const plain = anchor.replaceAll('_', '-').replace(/^-|-$/g, '');
  const once = plain.replace(/-\d+$/, '');
  return [anchor, plain, once, `abstract-${plain}`, `abstract-${once}`].find((each) => ids.has(each));
};

/**
 * Pages with links whose anchors exist.
 *
 * @param {ReadonlyMap<string, string>} pages Markdown by path below the reference, such as `core/ops.md`
 * @param {(markdown: string) => ReadonlySet<string>} idsOf the anchors that a page has once it is built
 * @returns {Map<string, string>}
 */
export const withAnchors = (pages, idsOf) => {
  const ids = new Map([...pages].map(([path, markdown]) => [path, idsOf(markdown)]));
  /** @param {string} path @param {string} target */
  const locate = (path, target) => {
    if (target === '') return path;
    const at = target.startsWith('/api/')
      ? target.slice('/api/'.length)
      : posix.join(posix.dirname(path), target);
    return `${at.replace(/\/$/, '/index').replace(/\.md$/, '')}.md`;
  };
  return new Map(
    [...pages].map(([path, markdown]) => [
      path,
      markdown.replaceAll(/\]\((?![a-z]+:)([^()#\s]*)#([^()\s]+)\)/g, (link, target, anchor) => {
        const there = ids.get(locate(path, target));
        if (there === undefined) return link;
        const meant = meantAnchor(anchor, there);
        return meant === undefined ? `](${target || '#'})` : `](${target}#${meant})`;
      }),
    ]),
  );
};

/**
 * Mends the links of all pages in a folder.
 *
 * @param {string} folder
 */
export const mendAnchors = async (folder) => {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.md'));
  const pages = new Map(
    await Promise.all(
      files.map(
        async (file) =>
          /** @type {const} */ ([file.replaceAll('\\', '/'), await readFile(join(folder, file), 'utf8')]),
      ),
    ),
  );
  const md = await createMarkdownRenderer(folder);
  /** @param {string} markdown */
  const idsOf = (markdown) =>
    new Set([
      ...md.parse(markdown, {}).flatMap((token) => token.attrGet('id') ?? []),
      ...[...markdown.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id),
    ]);
  for (const [file, markdown] of withAnchors(pages, idsOf)) {
    if (markdown !== pages.get(file)) await writeFile(join(folder, file), markdown);
  }
};
