import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readResult, resultsFolder } from '../../../experiments/src/framework/results';
import { items } from '../../../experiments/src/items/index';
import { itemPage } from './itemPage';
import { data } from './items';
import { withLinks } from './links';
import { otherPages } from './otherPages';
import { section, splitAt } from './sections';
import { dayOf, durationOf } from './words';

const all = await data();

it('has a page of every item, in the order of the table', () => {
  expect(all.map(({ name }) => name)).toEqual(items.map(({ name }) => name));
});

it('shows every result that lies there', () => {
  const there = readdirSync(resultsFolder).flatMap((file) => /^(.*)\.json$/u.exec(file)?.[1] ?? []);
  const shown = all.flatMap(({ results }) => results.map(({ stem }) => stem));
  expect(shown.toSorted()).toEqual(there.toSorted());
});

describe.each(items.map((item) => [item.name, item] as const))('%s', (name, item) => {
  const facts = all.find((each) => each.name === name)!;
  const page = itemPage(facts);

  it('has the verdict, claims, command, commit and date of its result, or says that it has not run', async () => {
    const result = await readResult(item, 'small');
    if (!result) {
      expect(page).toContain('## Not run yet');
      expect(page).toContain(`npm run experiment -- ${name}`);
      expect(page).not.toMatch(/"verdict (?:agrees|disagrees|cannot-tell)"/u);
      return;
    }
    expect(page).not.toContain('Not run yet');
    const rows = page.match(/^<li><span class="verdict [a-z-]+">.*<\/li>$/gmu) ?? [];
    expect(rows).toHaveLength(result.verdict.claims.length);
    for (const [i, { word, claim, found }] of result.verdict.claims.entries()) {
      expect(rows[i]).toContain(`>${word}</span>`);
      expect(rows[i]!.replaceAll('&lt;', '<')).toContain(`<strong>${claim}</strong><br>${found}</div>`);
    }
    expect(page).toContain(
      `<p class="status"><span class="verdict ${result.verdict.word.replace(' ', '-')}">`,
    );
    expect(page).toContain(`\`\`\`sh\n${result.command}\n\`\`\``);
    for (const commit of result.provenance.commit.split(', ')) {
      expect(page).toContain(commit.endsWith('+') ? `\`${commit}\`` : `/commit/${commit})`);
    }
    expect(page).toContain(`| date | ${dayOf(result.date)} |`);
    expect(page).toContain(`| points | ${result.points.length} |`);
    expect(page).toContain(`experiments/results/${name}.json?url`);
    expect(page).toContain(`width="${facts.results[0]!.picture.width}"`);
    expect(facts.results[0]!.picture.width).toBeGreaterThan(100);
  });

  it('has the criterion of its README', () => {
    const readme = readFileSync(join(resultsFolder, '../src/items', name, 'README.md'), 'utf8');
    const [line = ''] = section(readme, 'Criterion').split('\n');
    expect(line).toMatch(/^Written before the run/u);
    expect(page).toContain(line);
  });
});

it('has benchmarks, Multi30k and the log from their own files', () => {
  const [benchmarks, multi30k, log] = otherPages().map(({ content }) => content);
  expect(benchmarks).toContain('| softmax of 32 x 4 x 32 x 32 |');
  expect(benchmarks).toContain('### How it measures');
  expect(multi30k).toContain('| Admin | 34.8 |');
  expect(multi30k).toContain(':src="curves" alt="Validation perplexity');
  expect(log).toContain('\n## 2026-11-29');
});

describe('helpers', () => {
  it.each([
    ['[a](../../../README.md)', 'experiments/src/items/table2', '[a](/results/)'],
    ['[a](src/items/fig3/README.md#x)', 'experiments', '[a](/results/fig3#x)'],
    ['[a](LOG.md)', 'experiments', '[a](/results/log)'],
    ['[a](#options)', 'packages/core', '[a](#options)'],
    ['[a](https://example.org)', 'experiments', '[a](https://example.org)'],
    ['![a](multi30k/curves.svg)', 'experiments', '![a](multi30k/curves.svg)'],
    [
      '[a](src/cli.ts)',
      'experiments',
      '[a](https://github.com/steadyformer/steadyformer/tree/main/experiments/src/cli.ts)',
    ],
  ])('%s of %s leads to %s', (markdown, folder, expected) => {
    expect(withLinks(markdown, folder)).toBe(expected);
  });

  it('take sections and durations apart', () => {
    expect(section('# T\n\n## A\n\none\n\n## B\n\ntwo\n', 'A')).toBe('one');
    expect(() => section('# T', 'A')).toThrow("no section '## A'");
    expect(splitAt('x\n\n## B\n\ntwo\n', 'B')).toEqual(['x', 'two']);
    expect([72, 91, 5400, 11_100].map(durationOf)).toEqual(['72 s', '2 min', '1 h 30 min', '3 h 5 min']);
  });
});
