import { REPOSITORY } from '../scripts/repository.mjs';
import type { ItemFacts, ItemResult } from './items';
import { withLinks } from './links';
import { splitAt, titled } from './sections';
import { dayOf, durationOf } from './words';

const cell = (text: string): string => text.replaceAll(/[|<{]/gu, String.raw`\$&`).replaceAll('\n', ' ');

const badge = (word: string): string => `<span class="verdict ${word.replace(' ', '-')}">${word}</span>`;

/** Commits as links, of several processes where one was resumed; what was changed since, as `+` says, has none. */
const commitsOf = (commits: string): string =>
  commits
    .split(', ')
    .map((each) =>
      /^[\da-f]{7,40}$/u.test(each) ? `[${each}](${REPOSITORY}/commit/${each})` : `\`${each}\``,
    )
    .join(', ');

const html = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('{', '&#123;');

const claims = ({ verdict }: ItemResult): string =>
  [
    '<ul class="claims">',
    ...verdict.claims.map(
      ({ claim, found, word }) =>
        `<li>${badge(word)}<div><strong>${html(claim)}</strong><br>${html(found)}</div></li>`,
    ),
    '</ul>',
  ].join('\n');

const sizes = ({ size }: ItemResult): string =>
  Object.entries(size)
    .map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ');

const ran = (result: ItemResult): string => {
  const { provenance, seeds, preset, backend, points, command, date, seconds } = result;
  return [
    `\`\`\`sh\n${command}\n\`\`\``,
    [
      `| date | ${dayOf(date)} |`,
      '| --- | --- |',
      `| wall time | ${durationOf(seconds)} |`,
      `| commit | ${commitsOf(provenance.commit)} |`,
      `| preset | ${preset}: ${cell(sizes(result))} |`,
      `| seeds | ${seeds.join(', ')} |`,
      `| backend | ${backend}, Node ${provenance.node}, tfjs ${provenance.tfjs} |`,
      `| machine | ${cell(provenance.processor)}, ${provenance.cores} cores, other programs beside |`,
      `| points | ${points} |`,
    ].join('\n'),
  ].join('\n\n');
};

/** Name of the import that holds a file's address. */
const nameOf = (kind: string, stem: string): string => `${kind}_${stem.replaceAll(/\W/gu, '_')}`;

const figure = ({ name, paper }: ItemFacts, { stem, verdict, picture }: ItemResult): string => {
  const alt = `Plot of our measurements for ${paper} (${name}). Verdict: ${verdict.word}; the numbers are in the table of claims.`;
  const [svg, json] = [nameOf('svg', stem), nameOf('json', stem)];
  return [
    `<figure class="result-figure"><a :href="${svg}" target="_blank" rel="noreferrer" aria-label="The figure alone">`,
    `<img :src="${svg}" alt="${alt}" width="${picture.width}" height="${picture.height}" loading="lazy"></a></figure>`,
    '',
    `<p class="downloads"><a :href="${json}" download="${stem}.json">Points and verdict as JSON</a> <a :href="${svg}" download="${stem}.svg">Figure as SVG</a></p>`,
  ].join('\n');
};

const imports = ({ results }: ItemFacts): string =>
  results.length === 0
    ? ''
    : [
        '<script setup>',
        ...results.flatMap(({ stem }) =>
          ['svg', 'json'].map(
            (kind) => `import ${nameOf(kind, stem)} from '../../../experiments/results/${stem}.${kind}?url';`,
          ),
        ),
        '</script>\n\n',
      ].join('\n');

const result = (
  facts: ItemFacts,
  own: ItemResult,
): string => `## ${own.preset === 'small' ? 'What came out' : `What came out, preset ${own.preset}`}

${figure(facts, own)}

${claims(own)}

Each claim is *agrees*, *disagrees* or *cannot tell* (at this size), computed from the points; the item's verdict is the worst of
them. Intervals are of 95 %.

## How it ran${own.preset === 'small' ? '' : `, preset ${own.preset}`}

${ran(own)}`;

const notRun = ({ name }: ItemFacts): string => `## Not run yet

There is no result of this item. It runs with

\`\`\`sh
npm run experiment -- ${name}
\`\`\``;

/** An item's page as Markdown. */
export const itemPage = (facts: ItemFacts): string => {
  const { name, paper, readme, results } = facts;
  const { title, body } = titled(readme);
  const subject = title.replace(/^[^:]*:\s*/u, '');
  const [about, criterion] = splitAt(withLinks(body, `experiments/src/items/${name}`), 'Criterion');
  const [first] = results;
  const status = first
    ? `${badge(first.verdict.word)} <span class="when">${dayOf(first.date)}, ${durationOf(first.seconds)}</span>`
    : badge('not run yet');
  return `${imports(facts)}# ${paper}: ${subject}

<p class="status">${status}</p>

${about}

${results.length === 0 ? notRun(facts) : results.map((own) => result(facts, own)).join('\n\n')}

## Criterion

${criterion}

[All items](/results/), and [the log](/results/log) of what was tried.
`;
};
