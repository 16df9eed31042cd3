import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { WATCH_THRESHOLDS } from '@steadyformer/analysis';
import { expect, it } from 'vitest';
import { readResult } from '../../framework/results';
import { alarms } from './alarms';
import { KINDS, type Point } from './points';
import { harmedOf, type Rates, ratesOf } from './rates';

const SOURCE = fileURLToPath(
  new URL('../../../../packages/analysis/src/watch/thresholds.ts', import.meta.url),
);

/** What the docstring of a threshold says of its worth. */
const said = ({ healthy, falseAlarms, harmed, seen, before, lead }: Rates): string =>
  `${falseAlarms} of ${healthy} healthy, ${seen} of ${harmed} harmed, ${before} before${lead === null ? '' : `, lead ${lead}`}.`;

it('is what the docstrings of the thresholds quote', async () => {
  const result = await readResult(alarms as never, 'small');
  const points = result!.points as Point[];
  const harmed = harmedOf(points);
  // A docstring in one line.
  const source = readFileSync(SOURCE, 'utf8').replaceAll(/\s+(?:\*\s)?\s*/g, ' ');
  const lines = KINDS.map((kind) => {
    const { initial } = WATCH_THRESHOLDS[kind];
    return `Default ${initial}: ${said(ratesOf(points, { [kind]: initial }, harmed))} */ readonly ${kind}:`;
  });
  expect(lines.filter((line) => !source.includes(line))).toEqual([]);
});
