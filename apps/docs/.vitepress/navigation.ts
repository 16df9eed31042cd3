import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DefaultTheme } from 'vitepress';
import { methodsSidebar } from '../methods/sidebar';
import { resultsSidebar } from '../results/sidebar';
import { apiSidebar } from '../scripts/apiSidebar.mjs';
import { PACKAGES, ROOT } from '../scripts/packages.mjs';
import { REPOSITORY } from '../scripts/repository.mjs';

type Item = DefaultTheme.SidebarItem;

const guide: readonly Item[] = [
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
      { text: 'Sweeps on a cluster', link: '/guide/sweeps' },
      { text: 'Scale on paper', link: '/guide/costs' },
      { text: 'Choosing a backend', link: '/guide/backends' },
      { text: 'From PyTorch and fairseq', link: '/guide/from-fairseq' },
      { text: 'Analyse a pretrained model', link: '/guide/pretrained' },
      { text: 'Use the theory from PyTorch', link: '/guide/pytorch-trace' },
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
];

const packages: Item = {
  text: 'Packages',
  items: PACKAGES.map(({ folder }) => ({ text: folder, link: `/packages/${folder}` })),
};

const evidence: Item = {
  text: 'Evidence',
  items: [
    { text: 'Methods', link: '/methods/' },
    { text: 'Atlas', link: '/atlas/' },
    { text: 'Results', link: '/results/' },
  ],
};

/** What stands beside a page, by the path that it begins with. */
export const sidebar = async (): Promise<DefaultTheme.Sidebar> => ({
  '/api/': [{ text: 'API reference', items: await apiSidebar() }, packages],
  '/methods/': await methodsSidebar(),
  '/results/': await resultsSidebar(),
  '/': [...guide, evidence, packages],
});

/** The newest version of a package, which is that of the release: they change together. */
const version = PACKAGES.map(
  ({ folder }): string =>
    JSON.parse(readFileSync(join(ROOT, 'packages', folder, 'package.json'), 'utf8')).version,
).reduce((a, b) => (a.localeCompare(b, 'en', { numeric: true }) < 0 ? b : a));

/** Where changes are told: changelogs of packages that have been released, before that what the first release brings. */
const changes = (): DefaultTheme.NavItemWithLink[] => {
  const released = PACKAGES.filter(({ folder }) =>
    existsSync(join(ROOT, 'packages', folder, 'CHANGELOG.md')),
  );
  if (released.length > 0) {
    return released.map(({ folder }) => ({
      text: `Changes of ${folder}`,
      link: `${REPOSITORY}/blob/main/packages/${folder}/CHANGELOG.md`,
    }));
  }
  const coming = readdirSync(join(ROOT, '.changeset')).length > 1;
  return coming ? [{ text: 'What comes', link: `${REPOSITORY}/tree/main/.changeset` }] : [];
};

export const nav: DefaultTheme.NavItem[] = [
  { text: 'Guide', link: '/guide/getting-started', activeMatch: '^/guide/|^/packages/' },
  { text: 'Playground', link: '/playground/', activeMatch: '^/playground/' },
  { text: 'Methods', link: '/methods/', activeMatch: '^/methods/' },
  { text: 'Results', link: '/results/', activeMatch: '^/results/|^/atlas/' },
  { text: 'API', link: '/api/core/', activeMatch: '^/api/' },
  {
    text: version === '0.0.0' ? 'unreleased' : `v${version}`,
    items: [
      ...changes(),
      { text: 'Contributing', link: `${REPOSITORY}/blob/main/CONTRIBUTING.md` },
      { text: 'Citing', link: `${REPOSITORY}/blob/main/CITATION.cff` },
    ],
  },
];
