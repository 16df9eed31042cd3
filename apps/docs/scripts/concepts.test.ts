import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { apiSidebar } from './apiSidebar.mjs';
import { conceptsOf, isSplit, meaningOf, namesOf } from './concepts.mjs';
import { entries, PACKAGES } from './packages.mjs';

const all = await Promise.all(
  PACKAGES.flatMap(({ folder }) =>
    entries(folder).map(async (entry) => ({ folder, entry, concepts: await conceptsOf(folder, entry) })),
  ),
);

it.each(all)(
  '$folder/$entry.name: every name of the entry point is in one concept',
  ({ entry, concepts }) => {
    const names = concepts.flatMap(namesOf);
    expect(new Set(names).size).toBe(names.length);
    const exported = [
      ...readFileSync(entry.file, 'utf8').matchAll(/^export (?:type )?\{([^}]*)\}/gmu),
    ].flatMap(([, list = '']) =>
      list.split(',').flatMap((each) => /([\w$]+)\s*$/u.exec(each.trim())?.[1] ?? []),
    );
    expect(names.toSorted()).toEqual(exported.toSorted());
  },
);

it('splits the large entry points, into folders that the map of the sources knows', async () => {
  const split = all.filter(({ concepts }) => isSplit(concepts));
  expect(split.map(({ folder, entry }) => `${folder}/${entry.name}`)).toContain('core/index');
  for (const { folder, concepts } of split) {
    for (const { concept } of concepts) {
      expect([concept, await meaningOf(folder, concept)]).toEqual([concept, expect.any(String)]);
    }
  }
});

it('has a sidebar with a page a concept', async () => {
  const core = (await apiSidebar()).find(({ text }) => text === 'core');
  expect(core).toMatchObject({ link: '/api/core/', collapsed: true });
  expect(core?.items).toContainEqual({ text: 'residual', link: '/api/core/residual' });
});
