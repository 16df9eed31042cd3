import type { PageData } from 'vitepress';
import type { TextPage } from './llms';
import { descriptionOf } from './text';

/**
 * What a build learns of its pages while it renders them. The renderer says each page's markdown with all that it
 * includes, which no file has; the page's data are asked for after.
 */
export class Pages {
  readonly #markdown = new Map<string, string>();
  readonly #pages = new Map<string, TextPage>();

  rendered(path: string, markdown: string): void {
    this.#markdown.set(path, markdown);
  }

  /** A page's data with its description and the tags that others show of it. */
  data(page: PageData, site: string): Partial<PageData> {
    const { relativePath: path, frontmatter } = page;
    const markdown = this.#markdown.get(path) ?? '';
    const title = page.title === '' ? site : page.title;
    const description = page.description || descriptionOf(markdown) || '';
    if (path !== '404.md') this.#pages.set(path, { path, title, description, markdown });
    const tags = {
      'og:site_name': site,
      'og:type': path === 'index.md' ? 'website' : 'article',
      'og:title': title,
      ...(description === '' ? {} : { 'og:description': description }),
    };
    const head = Object.entries(tags).map(([property, content]) => ['meta', { property, content }]);
    return {
      description,
      frontmatter: {
        ...frontmatter,
        // Generated from the sources: there is no page to edit.
        ...(path.startsWith('api/') ? { editLink: false } : {}),
        head: [...((frontmatter.head as unknown[] | undefined) ?? []), ...head],
      },
    };
  }

  all(): TextPage[] {
    return [...this.#pages.values()];
  }
}
