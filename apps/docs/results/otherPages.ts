import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../scripts/packages.mjs';
import { withLinks } from './links';
import type { ResultPage } from './resultPage';
import { section, titled } from './sections';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The log of the experiments. */
const log = (): string => {
  const { body } = titled(read('experiments/LOG.md'));
  return `# Log of the experiments\n\n${withLinks(body, 'experiments')}\n`;
};

/** A larger recipe on Multi30k, as the experiments' README has it. */
const multi30k = (): string => {
  const own = withLinks(section(read('experiments/README.md'), 'Multi30k by three methods'), 'experiments');
  const [, alt = ''] = /!\[([^\]]*)\]\(multi30k\/curves\.svg\)/u.exec(own) ?? [];
  const text = own.replace(/!\[[^\]]*\]\(multi30k\/curves\.svg\)/u, '').trim();
  return `<script setup>
import curves from '../../../experiments/multi30k/curves.svg?url';
</script>

# Multi30k by three methods

${text}

<figure class="result-figure"><img :src="curves" alt="${alt}" loading="lazy"></figure>
`;
};

/** The headings below one level down. */
const lowered = (markdown: string): string => markdown.replaceAll(/^(#+) /gmu, '#$1 ');

/** How speed is measured, and the figures that the packages' READMEs hold. */
const benchmarks = (): string => {
  const { body } = titled(read('benchmarks/README.md'));
  const kernels = section(read('packages/backend-onnxruntime/README.md'), 'How it compares');
  return `# Benchmarks

Figures of speed that the packages' READMEs hold stand first; below, how the suites measure, so that you can measure on
your machine. What a run writes is not kept in the repository: times of one machine say little about another.

## Operations on the CPU

${withLinks(kernels, 'packages/backend-onnxruntime')}

From the README of [backend-onnxruntime](/packages/backend-onnxruntime).

## The suites

${withLinks(lowered(body), 'benchmarks')}
`;
};

/** Pages beside those of items. */
export const otherPages = (): ResultPage[] => [
  { name: 'benchmarks', source: 'benchmarks/README.md', content: benchmarks() },
  { name: 'multi30k', source: 'experiments/README.md', content: multi30k() },
  { name: 'log', source: 'experiments/LOG.md', content: log() },
];
