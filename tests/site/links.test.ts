import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { REPOSITORY } from '../../apps/docs/scripts/repository.mjs';
import { root } from '../structure/workspaces';
import { deadLinks } from './links';
import { filesOf, noSite, SITE } from './site';

describe('deadLinks', () => {
  it('sees a missing file, a missing anchor, and what leaves the base', () => {
    const site = mkdtempSync(join(tmpdir(), 'steadyformer-links-'));
    onTestFinished(() => rmSync(site, { recursive: true }));
    mkdirSync(join(site, 'guide'));
    writeFileSync(join(site, 'logo.svg'), '');
    writeFileSync(
      join(site, 'index.html'),
      '<a href="/docs/guide/idea#a&amp;b">x</a><a href="guide/idea#c">x</a><img src="/docs/logo.svg"><a href="/guide/idea">x</a>',
    );
    writeFileSync(
      join(site, 'guide/idea.html'),
      '<h2 id="a&amp;b">x</h2><a href="#d">x</a><a href="./">x</a><a href="../">x</a><a href="https://a.example/">x</a>',
    );
    expect(deadLinks(site, '/docs/', (address) => address.includes('a.example'))).toEqual([
      'guide/idea.html: #d',
      'guide/idea.html: ./',
      'guide/idea.html: https://a.example/',
      'index.html: guide/idea#c',
      'index.html: /guide/idea',
    ]);
  });
});

/** A file of the repository by its page there, which the branch `main` has once this is merged. */
const missingSource = (address: string): boolean => {
  const [, path] = address.match(new RegExp(`^${REPOSITORY}/(?:tree|blob|edit)/main/([^#?]+)`)) ?? [];
  return path !== undefined && !existsSync(join(root, decodeURIComponent(path)));
};

describe('the built site', () => {
  beforeEach(({ skip }) => {
    if (noSite !== undefined) skip(noSite);
  });

  it('has no link or anchor that leads nowhere, nor one to a file that the repository lacks', () => {
    expect(filesOf(SITE, '.html').length).toBeGreaterThan(30);
    expect(deadLinks(SITE, '/', missingSource)).toEqual([]);
  });

  it('says of every page what it is about, and of the whole in one file', () => {
    const index = readFileSync(join(SITE, 'llms.txt'), 'utf8');
    const paths = [...index.matchAll(/\]\(\/([^)]+\.md)\)/g)].map(([, path = '']) => path);
    const html = filesOf(SITE, '.html').filter((file) => !['404.html', 'index.html'].includes(file));
    expect(paths.toSorted()).toEqual(html.map((file) => file.replace(/html$/, 'md')).toSorted());
    for (const path of paths) expect(existsSync(join(SITE, path)), path).toBe(true);
    const full = readFileSync(join(SITE, 'llms-full.txt'), 'utf8');
    for (const path of paths) expect(full).toContain(`<!-- /${path} -->`);
    for (const file of html) {
      const head = readFileSync(join(SITE, file), 'utf8').split('</head>')[0]!;
      expect(head, file).toMatch(/<meta name="description" content="[^"]{15,}"/);
      expect(head, file).toMatch(/<meta property="og:title" content="[^"]+"/);
    }
  });
});
