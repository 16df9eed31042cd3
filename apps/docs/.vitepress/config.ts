import { fileURLToPath } from 'node:url';
import { defineConfig, type PageData } from 'vitepress';
import { REPOSITORY } from '../scripts/repository.mjs';
import { searchSections } from '../scripts/searchSections';
import { baseOf } from './base';
import { writeTexts } from './llms';
import { nav, sidebar } from './navigation';
import { Pages } from './pages';
import { rewriteLink, rewritePictures } from './repositoryLinks';

const title = 'Steadyformer';
const description = 'Deep Transformers that train stably, in TypeScript on TensorFlow.js';
const base = baseOf(process.env);
const pages = new Pages();

export default defineConfig({
  title,
  description,
  base,
  lang: 'en',
  cleanUrls: true,
  // Snippets of the tests lie in a dot folder; node_modules is VitePress's own default.
  srcExclude: ['.cache/**'],
  head: [
    ['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}logo.svg` }],
    ['meta', { name: 'theme-color', content: '#ffffff', media: '(prefers-color-scheme: light)' }],
    ['meta', { name: 'theme-color', content: '#1b1b1f', media: '(prefers-color-scheme: dark)' }],
  ],
  vite: {
    resolve: {
      conditions: ['steadyformer-source'],
      // Of the playground's worker; no page loads tfjs itself.
      alias: [
        {
          find: /^@tensorflow\/tfjs$/,
          replacement: fileURLToPath(new URL('../playground/lab/tfjs.ts', import.meta.url)),
        },
      ],
    },
    worker: { format: 'es' },
  },
  markdown: {
    math: true,
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config: (md) => {
      // Before VitePress checks and normalises links in `link_open`.
      md.core.ruler.push('repository-links', ({ src, tokens, env }) => {
        pages.rendered(env.relativePath, src);
        for (const token of tokens) {
          if (token.type === 'html_block') token.content = rewritePictures(env.relativePath, token.content);
          // What scrolls has to be reached by keys; blocks with a language are, by VitePress.
          if (token.type === 'code_block') token.attrSet('tabindex', '0');
        }
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          const href = token.type === 'link_open' ? token.attrGet('href') : null;
          if (href !== null) token.attrSet('href', rewriteLink(env.relativePath, href));
        }
      });
    },
  },
  transformPageData: (page) => pages.data(page, title),
  buildEnd: ({ outDir }) => writeTexts(outDir, { title, description }, pages.all(), base),
  themeConfig: {
    logo: { src: '/logo.svg', alt: '' },
    search: {
      provider: 'local',
      options: { miniSearch: { _splitIntoSections: await searchSections() } },
    },
    outline: [2, 3],
    nav,
    sidebar: await sidebar(),
    socialLinks: [{ icon: 'github', link: REPOSITORY, ariaLabel: 'The repository' }],
    editLink: {
      text: 'Edit this page',
      // Runs in the page: nothing from outside it.
      pattern: ({ filePath, params }: PageData) => {
        // Pages made of what lies elsewhere say where.
        const source = params?.source ?? `apps/docs/${filePath}`;
        return `https://github.com/steadyformer/steadyformer/edit/main/${source}`;
      },
    },
    footer: { message: 'Apache-2.0' },
  },
});
