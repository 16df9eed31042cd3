import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type BuildOptions, buildCorpus } from './build';
import { compiled } from './fixtures';
import { type Run, runProgram } from './program';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'experiments-corpora-'));
});
afterEach(() => rm(folder, { recursive: true }));

const VERSION = '1.0-1';

/** An archive of packages that holds these files, in place of apt and dpkg. */
const archive =
  (files: Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>>): Run =>
  async (program, args, { folder: at = '' } = {}) => {
    const name = (args.at(-1) ?? '').split('=')[0]!;
    if (program === 'apt-cache') {
      return `${name}:\n  Candidate: ${Object.hasOwn(files, name) ? VERSION : '(none)'}\n`;
    }
    if (program === 'apt-get') await writeFile(join(at, `${name}.deb`), name);
    if (program === 'dpkg') {
      const own = await readFile(join(at, args[1]!), 'utf8');
      for (const [path, content] of Object.entries(files[own]!)) {
        await mkdir(dirname(join(at, path)), { recursive: true });
        await writeFile(join(at, path), content);
      }
    }
    return '';
  };

const WORDS = ['red', 'green', 'blue', 'black', 'white', 'grey', 'brown', 'pink'];
const THINGS = ['house', 'door', 'window', 'roof', 'wall', 'floor', 'garden', 'tree'];
/** 64 messages, each twice with another number, some not clean. */
const messages = WORDS.flatMap((colour) =>
  THINGS.flatMap((thing) => [
    [`a ${colour} ${thing} 1`, `ein ${thing} in ${colour} 1`] as const,
    [`a ${colour} ${thing} 2`, `ein ${thing} in ${colour} 2`] as const,
  ]),
);
const MO = 'usr/share/locale/de/LC_MESSAGES/tool.mo';
const tool = {
  [MO]: compiled([...messages, ['OK', 'OK'], ['number 1', 'Zahl 2']]),
  'usr/share/doc/tool/copyright': 'GPL',
};

const options = (more: Partial<BuildOptions> = {}): BuildOptions => ({
  name: 'gettext',
  language: 'de',
  packages: ['tool'],
  force: false,
  folder,
  run: archive({ tool }),
  log: () => {},
  ...more,
});

const lines = async (built: string, name: string): Promise<string[]> =>
  (await readFile(join(built, name), 'utf8')).trimEnd().split('\n');

it('builds parts that share nothing, with licence and source beside them, the same each time', async () => {
  const built = await buildCorpus(options());
  expect(built).toBe(join(folder, 'gettext-en-de'));
  const parts = await Promise.all(['train', 'valid', 'test'].map((part) => lines(built, `${part}.en`)));
  expect(parts.map(({ length }) => length)).toEqual([116, 6, 6]);
  const masked = parts.map((part) => new Set(part.map((line) => line.replace(/\d/u, '#'))));
  for (const [i, one] of masked.entries()) {
    for (const other of masked.slice(i + 1)) expect([...one].filter((line) => other.has(line))).toEqual([]);
  }
  expect(parts.flat()).not.toContain('OK');
  expect(parts.flat()).not.toContain('number 1');
  expect(await lines(built, 'test.de')).toEqual(
    parts[2]!.map((line) => line.replace(/a (\w+) (\w+) (\d)/u, 'ein $2 in $1 $3')),
  );
  const readme = await readFile(join(built, 'README.md'), 'utf8');
  expect(readme).toContain('**Licence.** Each catalogue is under the licence of its package');
  expect(readme).toContain('- Debian package tool 1.0-1: tool.mo');
  expect(readme).toContain('`npm run corpus -- gettext --language de --packages tool`');
  expect(await readFile(join(built, 'licences', 'tool'), 'utf8')).toBe('GPL');
  const before = await Promise.all(['train', 'valid', 'test'].map((part) => lines(built, `${part}.en`)));
  await expect(buildCorpus(options())).rejects.toThrow(`${built}: is there already. --force builds it anew.`);
  await buildCorpus(options({ force: true }));
  expect(await Promise.all(['train', 'valid', 'test'].map((part) => lines(built, `${part}.en`)))).toEqual(
    before,
  );
});

it('aligns help pages by element', async () => {
  const page = (of: (i: number) => string): string =>
    Array.from({ length: 10 }, (_, i) => `<p id="par_id${i}" class="paragraph">${of(i)}</p>`).join('\n');
  const pages = (language: string, of: (n: number, i: number) => string): Record<string, string> =>
    Object.fromEntries(
      [1, 2, 3, 4, 5, 6].map((n) => [
        `usr/share/libreoffice/help/${language}/text/p${n}.html`,
        page((i) => of(n, i)),
      ]),
    );
  const name = (n: number, i: number): string => `${WORDS[n]} ${THINGS[i % 8]}${i > 7 ? ' again' : ''}`;
  const run = archive({
    'libreoffice-help-en-us': pages('en-US', (n, i) => `the ${name(n, i)} is here`),
    'libreoffice-help-de': pages('de', (n, i) => `${name(n, i)} ist hier`),
  });
  const { packages: _, ...rest } = options({ name: 'libreoffice-help', run });
  const built = await buildCorpus(rest);
  const [source, target] = [await lines(built, 'train.en'), await lines(built, 'train.de')];
  expect(source.length).toBeGreaterThan(30);
  expect(target).toEqual(source.map((line) => line.replace(/^the (.*) is here$/u, '$1 ist hier')));
});

it.each<[string, Partial<BuildOptions>, string]>([
  [
    'an unknown name',
    { name: 'web' },
    "corpus: received 'web', allowed one of debian-descriptions, libreoffice-help, gettext",
  ],
  ['English', { language: 'en' }, "--language: received 'en', allowed codes of languages other than English"],
  ['no code', { language: '../x' }, "--language: received '../x', allowed codes"],
  [
    'packages where none are read',
    { name: 'debian-descriptions' },
    '--packages: debian-descriptions has none',
  ],
  [
    'a package that is not there',
    { packages: ['nothing'] },
    "package 'nothing': the package source does not have it.",
  ],
  [
    'a language without a catalogue',
    { language: 'fr' },
    "language 'fr': none of tool has a catalogue in it.",
  ],
  [
    'too little text',
    { run: archive({ tool: { [MO]: compiled([['one', 'eins']]) } }) },
    '1 clean pairs of 1 groups: too few to hold any out.',
  ],
  [
    'a damaged catalogue',
    { run: archive({ tool: { [MO]: new Uint8Array(3) } }) },
    'tool.mo: no catalogue, it has fewer than 28 bytes. Delete the folder',
  ],
])('refuses %s, and leaves nothing half-written', async (_, more, said) => {
  const built = buildCorpus(options(more));
  await expect(built).rejects.toThrow(SteadyformerError);
  await expect(built).rejects.toThrow(said);
  expect((await readdir(folder)).filter((name) => name !== 'downloads')).toEqual([]);
});

it('says why a program failed, what to do, and leaves no download behind', async () => {
  const run: Run = (program, args, at) =>
    args[0] === 'download'
      ? runProgram(
          process.execPath,
          ['-e', 'console.error("E: Failed to fetch http://x Temporary failure"); process.exit(100)'],
          at,
        )
      : archive({ tool })(program, args, at);
  await expect(buildCorpus(options({ run }))).rejects.toThrow(
    /failed, E: Failed to fetch http:\/\/x Temporary failure\. Look at the network and the package source/,
  );
  expect(await readdir(join(folder, 'downloads'))).toEqual([]);
  await expect(runProgram('no-such-program', [])).rejects.toThrow(
    'no-such-program is not there. Install it.',
  );
  const none: Run = async (program) => {
    throw new SteadyformerError(`${program} is not there`);
  };
  await expect(buildCorpus(options({ run: none }))).rejects.toThrow('apt-cache is not there');
  expect(existsSync(join(folder, 'gettext-en-de'))).toBe(false);
});
