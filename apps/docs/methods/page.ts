import { REPOSITORY } from '../scripts/repository.mjs';
import { BRANCHES } from './branches';
import type { MethodFacts } from './facts';
import { DEPTHS, type StartRow } from './starts';

/** Text of a comment as Markdown that shows it as it is. */
const plain = (text: string): string =>
  text
    .split(/(`[^`]+`)/u)
    .map((part, i) => (i % 2 === 1 ? part : part.replaceAll(/[`*_{}[\]<>|~$]/gu, String.raw`\$&`)))
    .join('');

const number = (x: number): string => {
  const rounded = Number(x.toPrecision(3));
  return rounded !== 0 && Math.abs(rounded) < 1e-3 ? rounded.toExponential() : String(rounded);
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

const startRow = ({ what, where, values }: StartRow): string[] => [
  `${what}, ${where}`,
  ...values.map((value) => (typeof value === 'number' ? number(value) : value)),
];

const starts = ({ starts: rows, profiled }: MethodFacts): string => {
  if (rows.length === 0) {
    return 'All scales are 1, and every weight has the start that all methods share, whatever the depth.';
  }
  return [
    'Scales at the start, and factors on the deviation that weights otherwise start with; what is not named is 1.',
    table(['blocks of each stack', ...DEPTHS.map(String)], rows.map(startRow)),
    ...(!profiled && rows.some(({ values }) => values.some((value) => typeof value === 'string'))
      ? ['Where blocks differ, the first is named and the last; after *then*, all but the first.']
      : []),
    ...(profiled
      ? [
          'ω is 1 until `adminInit` sets it from a batch of your data. The table has what theory predicts for it, from the first sub-layer of a stack to the last.',
        ]
      : []),
  ].join('\n\n');
};

const growth = ({ growth: found }: MethodFacts): string => {
  if (!found) {
    return 'What leaves its norms depends on what enters them, and theory has no closed form for that: measure with [`outputChange`](/packages/analysis).';
  }
  const { notation, decided, changes } = found;
  const how =
    decided === 'symbolic'
      ? 'by the form of its records'
      : 'by numbers, of stacks of 256, 1,024 and 4,096 blocks';
  const of =
    'Of an encoder of width 512 before training, every weight moved by 1e-4 up or down at random, the variance of the change of its normed outputs:';
  const [first = 0] = changes;
  return [
    `With random steps the output change grows as **${notation}** over the number N of residual branches (${how}).`,
    of,
    table(
      ['N', ...BRANCHES.map(String)],
      [
        ['output change', ...changes.map(number)],
        ...(first > 0 ? [['over that at N = 12', ...changes.map((each) => number(each / first))]] : []),
      ],
    ),
    ...(first === 0
      ? [
          'Its branches begin at 0, so a first step moves nothing through them. What later steps do is not said by this.',
        ]
      : []),
    'The same numbers for any stack: [`predict`](/packages/analysis). [What it means](/guide/idea)',
  ].join('\n\n');
};

const training = ({ training: said }: MethodFacts): string => {
  if (!said) return '';
  const { factors, projections } = said;
  return [
    '## How it is trained',
    ...(factors.length > 0
      ? [
          'Factors on what the optimizer has, by the depth of a stack; what is not named is 1.',
          table(
            ['blocks of each stack', ...DEPTHS.map(String)],
            factors.map(({ what, values }) => [what, ...values.map(number)]),
          ),
        ]
      : []),
    ...projections.map(({ of, name }) => `After every update ${of}: ${plain(name)}.`),
    'Trainers and runs do so by themselves; for a loop of your own `methodTraining` makes [options of `Optimizer`](/packages/core#methods-that-say-how-they-are-trained).',
    '',
  ].join('\n\n');
};

const code = ({ name, profiled }: MethodFacts): string =>
  [
    '```ts',
    ...(profiled ? ["import { adminInit } from '@steadyformer/admin-init';"] : []),
    `import { ${name}, transformer } from '@steadyformer/core';`,
    '',
    `const method = ${name}();`,
    'const model = transformer({ vocabulary: 8000, padId: 0, method });',
    ...(profiled ? ['await adminInit(model, [batch]); // from a batch of your data'] : []),
    '```',
  ].join('\n');

const figure = ({ joins }: MethodFacts): string =>
  joins
    .map(({ of, formula, svg }) =>
      [
        '<figure class="method-join">',
        svg,
        `<figcaption>${of ? `<span>${of}</span> ` : ''}<code>${formula}</code></figcaption>`,
        '</figure>',
      ].join('\n'),
    )
    .join('\n');

/** A method's page as Markdown. */
export const pageOf = (facts: MethodFacts): string => {
  const { name, title, doc, lines } = facts;
  return `# ${title}

<div class="method-joins">
${figure(facts)}
</div>

${plain(doc.text)}

## In code

${code(facts)}

In a run's config, or on the command line: \`--set model.method=${name}\`. It is written in
[${lines} lines](${REPOSITORY}/blob/main/${doc.file}#L${doc.line}) of code, types and checks of its options included.
[Adding one of your own](/guide/residual-method)

## Where it starts

${starts(facts)}

${training(facts)}## How it grows with depth

${growth(facts)}

## Source

${doc.sources.map(({ title: work, url }) => `- [${plain(work)}](${url})`).join('\n')}
`;
};
