import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { filesOf } from './site';

/** What a page has and leads to. */
interface Page {
  readonly ids: ReadonlySet<string>;
  /** As written: of links, scripts, styles and images. */
  readonly targets: readonly string[];
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&quot;': '"',
  '&#39;': "'",
  '&lt;': '<',
  '&gt;': '>',
};
const decoded = (text: string): string =>
  text.replace(/&(?:amp|quot|#39|lt|gt);/g, (entity) => ENTITIES[entity]!);

const read = (html: string): Page => {
  const values = (name: string): string[] =>
    [...html.matchAll(new RegExp(`<[a-z][^>]*? ${name}="([^"]*)"`, 'gi'))].map(([, value = '']) =>
      decoded(value),
    );
  return { ids: new Set(values('id')), targets: [...values('href'), ...values('src')] };
};

/**
 * Links of a built site that lead nowhere in it: no file, or no such anchor of a page. Links to elsewhere count
 * where `elsewhere` says that they are wrong.
 *
 * @param base the path that the site was built for, with slashes at both ends.
 */
export const deadLinks = (
  site: string,
  base: string,
  elsewhere: (address: string) => boolean = () => false,
): string[] => {
  const files = new Set(filesOf(site, ''));
  const pages = new Map(
    [...files]
      .filter((file) => file.endsWith('.html'))
      .map((file) => [file, read(readFileSync(join(site, file), 'utf8'))]),
  );
  const fileOf = (path: string): string | undefined =>
    (path === '' || path.endsWith('/') ? [`${path}index.html`] : [path, `${path}.html`]).find((file) =>
      files.has(file),
    );
  const dead = (from: string, target: string): boolean => {
    if (/^[a-z][a-z\d+.-]*:/i.test(target)) return elsewhere(target);
    const [path = '', anchor = ''] = target.split('#');
    const whole = path === '' ? `${base}${from}` : posix.join(base, posix.dirname(from), path);
    const absolute = path.startsWith('/') ? path : whole;
    if (!absolute.startsWith(base)) return true;
    const file = fileOf(decodeURIComponent(absolute.slice(base.length)));
    if (file === undefined) return true;
    return anchor !== '' && !(pages.get(file)?.ids.has(decodeURIComponent(anchor)) ?? false);
  };
  return [...pages].flatMap(([file, { targets }]) =>
    [...new Set(targets)].filter((target) => dead(file, target)).map((target) => `${file}: ${target}`),
  );
};
