import { fileURLToPath } from 'node:url';
import { type DefaultTheme, defineConfig } from 'vitepress';
import { entries, PACKAGES } from '../scripts/packages.mjs';
import { rewriteLink } from './repositoryLinks';

const guide: DefaultTheme.SidebarItem[] = [
  {
    text: 'Understand',
    items: [
      { text: 'The idea', link: '/guide/idea' },
      { text: 'Choosing a method', link: '/guide/methods' },
      { text: 'Reading warnings', link: '/guide/warnings' },
      { text: 'Playground', link: '/playground/' },
    ],
  },
  {
    text: 'Use',
    items: [
      { text: 'Getting started', link: '/guide/getting-started' },
      { text: 'Training at scale', link: '/guide/scale' },
      { text: 'Choosing a backend', link: '/guide/backends' },
      { text: 'From PyTorch and fairseq', link: '/guide/from-fairseq' },
      { text: 'Questions', link: '/guide/questions' },
    ],
  },
  {
    text: 'Extend',
    items: [
      { text: 'A residual method', link: '/guide/residual-method' },
      { text: 'A branch', link: '/guide/branch' },
      { text: 'A stack', link: '/guide/stack' },
      { text: 'A kernel', link: '/guide/kernel' },
    ],
  },
  { text: 'Packages', items: PACKAGES.map(({ folder }) => ({ text: folder, link: `/packages/${folder}` })) },
];

const api: DefaultTheme.SidebarItem[] = [
  {
    text: 'API reference',
    items: PACKAGES.flatMap(({ folder }) =>
      entries(folder).map(({ name }) => ({
        text: name === 'index' ? folder : `${folder}/${name}`,
        link: name === 'index' ? `/api/${folder}/` : `/api/${folder}/${name}`,
      })),
    ),
  },
];

export default defineConfig({
  title: 'Steadyformer',
  description: 'Deep Transformers that train stably, in TypeScript on TensorFlow.js',
  lang: 'en',
  cleanUrls: true,
  // Snippets of the tests lie in a dot folder; node_modules is VitePress's own default.
  srcExclude: ['.cache/**'],
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
    config: (md) => {
      // Before VitePress checks and normalises links in `link_open`.
      md.core.ruler.push('repository-links', ({ tokens, env }) => {
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          const href = token.type === 'link_open' ? token.attrGet('href') : null;
          if (href !== null) token.attrSet('href', rewriteLink(env.relativePath, href));
        }
      });
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guide', link: '/guide/getting-started', activeMatch: '/guide/|/packages/' },
      { text: 'Playground', link: '/playground/' },
      { text: 'Methods', link: '/methods/' },
      { text: 'Results', link: '/results/' },
      { text: 'API', link: '/api/core/', activeMatch: '/api/' },
    ],
    sidebar: { '/api/': api, '/': guide },
    footer: { message: 'Apache-2.0' },
  },
});
