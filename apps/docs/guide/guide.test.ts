import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformer } from '@steadyformer/core';
import { runConfig } from '@steadyformer/translate/node';
import { loadConfig } from 'steadyformer';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ROOT } from '../scripts/packages.mjs';
import { readPage } from '../testing/repository';
import { cellsUnder, codeIn } from '../testing/tables';
import { alarms } from './figures/alarms.build';
import { thresholds } from './figures/thresholds.build';

const page = (name: string): string => readPage(`apps/docs/guide/${name}.md`);

describe('warnings.md', () => {
  const rows = cellsUnder(page('warnings'), 'What `watch` warns of');

  test('names every warning of watch, and where it begins', () => {
    const { watch, every } = thresholds();
    const named = rows.map(([kind = '', begins = '']) => [codeIn(kind)[0], begins] as const);
    expect(named.map(([kind]) => kind).sort()).toEqual([...Object.keys(watch), 'notFinite'].sort());
    for (const [kind, begins] of named) {
      if (kind !== 'notFinite') expect(begins).toContain(`{{ data.watch.${kind} }}`);
    }
    expect(every).toBeGreaterThan(0);
    expect(Object.values(watch).every((limit) => limit > 0)).toBe(true);
  });

  test('has the worth of every threshold, false alarms no more than networks', async () => {
    const { rows, any, faults } = await alarms();
    expect(rows.map(({ kind, initial }) => [kind, initial])).toEqual(Object.entries(thresholds().watch));
    for (const { falseAlarms, healthy, harmed, seen, before, sweep } of rows) {
      expect([healthy, harmed]).toEqual([any.healthy, any.harmed]);
      expect(falseAlarms).toBeLessThanOrEqual(any.falseAlarms);
      expect(before).toBeLessThanOrEqual(seen);
      expect(seen).toBeLessThanOrEqual(any.seen);
      expect(sweep).toHaveLength(5);
    }
    expect(faults.reduce((sum, fault) => sum + fault.harmed, 0)).toBe(any.harmed);
  });

  test('names all that ends a run, with numbers that exist', () => {
    const kinds = cellsUnder(page('warnings'), 'What ends a run').map(([kind = '']) => codeIn(kind)[0]);
    expect(kinds).toEqual(['notFinite', 'rise', 'stall']);
    const used = [...page('warnings').matchAll(/data\.guard\.(\w+)/g)].map(([, name = '']) => name);
    expect(used.filter((name) => thresholds().guard[name] === undefined)).toEqual([]);
  });

  test.each([
    'has not improved in',
    'The learning rate still rises at the end: the warm-up is longer than the run.',
    'is not finite: the run would end there.',
    'training.epochs ends the run before its',
  ])('the message %j is one of the code', (message) => {
    const sources = ['run/node/planNotes.ts', 'training/earlyStopping.ts'].map((file) =>
      readFileSync(join(ROOT, 'packages/translate/src', file), 'utf8'),
    );
    expect(sources.join()).toContain(message);
    expect(page('warnings')).toContain(message);
  });
});

describe('from-fairseq.md', () => {
  /** Whether a path such as `training.accumulate` is a key of a run's config. */
  const isKey = (path: string): boolean => {
    const [first = '', ...rest] = path.split('.').reverse();
    const nested = rest.reduce((inner: object, name) => ({ [name]: inner }), { [first]: undefined, zzz: 1 });
    try {
      runConfig({ kind: 'translation', data: { train: { path: 'a.tsv' } }, ...nested });
      return false;
    } catch (error) {
      const allowed = /unknown option 'zzz'.*Allowed: (.*)$/m.exec(String(error))?.[1] ?? '';
      return allowed.replace(/\.$/, '').split(', ').includes(first);
    }
  };

  test('every option of ours beside one of fairseq is a key of a config', () => {
    const rows = cellsUnder(page('from-fairseq'), 'Options of fairseq-train');
    const ours = rows.flatMap(([, own = '']) => codeIn(own)).map((code) => code.split(':')[0]!);
    const keys = ours.filter((code) => /^[a-z]\w*(\.\w+)*$/.test(code));
    expect(keys.length).toBeGreaterThan(20);
    expect(keys.filter((key) => !isKey(key))).toEqual([]);
    expect(isKey('training.acumulate')).toBe(false);
  });

  test('every value of ours is one that a config takes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'steadyformer-guide-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'config.yaml');
    writeFileSync(file, 'data: { train: { path: a.tsv } }\n');
    const rows = cellsUnder(page('from-fairseq'), 'Options of fairseq-train');
    const values = rows.flatMap(([, own = '']) => codeIn(own)).filter((code) => code.includes(': '));
    expect(values.length).toBeGreaterThan(10);
    for (const code of values) {
      const [, path, value] = /^([\w.]+): (.*)$/.exec(code)!;
      await expect(loadConfig(file, { set: [`${path}=${value}`] }), code).resolves.toBeDefined();
    }
    await expect(
      loadConfig(file, { set: ['optimizer.schedule={ name: linearDecay, updates: 5 }'] }),
    ).rejects.toThrow();
  });

  test('every option of ours beside one of PyTorch is an option of transformer()', () => {
    const allowed = ((): string => {
      try {
        transformer({ zzz: 1 } as never);
        return '';
      } catch (error) {
        return /Allowed: (.*?)\.?$/m.exec(String(error))?.[1] ?? '';
      }
    })().split(', ');
    expect(allowed).toContain('width');
    const rows = cellsUnder(page('from-fairseq'), 'Arguments of nn.Transformer');
    const ours = rows.flatMap(([, own = '']) => codeIn(own)).map((code) => code.split(':')[0]!);
    expect(ours.length).toBeGreaterThan(6);
    expect(ours.filter((name) => !allowed.includes(name))).toEqual([]);
  });
});

describe('scale.md', () => {
  test('has the defaults of the config', () => {
    const config = runConfig({ data: { train: { path: 'a.tsv' } } });
    for (const [key = '', written = ''] of cellsUnder(page('scale'), 'Stopping and going on')) {
      const value = codeIn(key)[0]!
        .split('.')
        .reduce((inner: unknown, name) => (inner as Record<string, unknown>)[name], config);
      expect(`${key} ${value ?? ''}`).toBe(`${key} ${written}`);
    }
  });
});

describe('backends.md', () => {
  test('has the times of the package that was measured', () => {
    const readme = cellsUnder(readPage('packages/backend-onnxruntime/README.md'), 'How it compares');
    const rows = cellsUnder(page('backends'), 'How fast');
    expect(rows.length).toBeGreaterThan(2);
    for (const row of rows) expect(readme).toContainEqual(row);
  });
});

describe('what experiments found', () => {
  /** What an experiment found, all claims in one text. */
  const found = (item: string): string => {
    const { verdict } = JSON.parse(readFileSync(join(ROOT, `experiments/results/${item}.json`), 'utf8')) as {
      verdict: { claims: { found: string }[] };
    };
    return verdict.claims.map((claim) => claim.found).join('\n');
  };

  test.each([
    ['fig4', '35.3 (-1.78 to 72.3', '35 times'],
    ['fig4', '107 (57.9 to 155', '107 times (58 to 155)'],
    ['fig3', '0.0218 (', '0.02 of that'],
    ['fig3', "Admin's decoder 0.447", '0.45 in Admin'],
    ['fig7-8', 'Admin 0.485, Pre-LN 0.262', '(0.49 and 0.26)'],
    ['fig7-8', 'before 0.22 and 0.237', '(mean beta_ii 0.22 and 0.24)'],
    ['profile', '0.0291', 'within 3 %'],
    ['folded', 'e-7, the largest of 3', 'less than 1e-6 of the largest output', 'questions'],
    [
      'folded',
      '0.963 (0.878 to 1.05',
      '0.96 times the processor time,\nwith an interval from 0.88 to 1.05',
      'questions',
    ],
    ['appendix-f', '0.549 (', 'is 0.55 times that of 12-12', 'questions'],
    [
      'appendix-f',
      'measured 0.633 (-0.0671 to 1.33',
      '0.63 times with an interval from below 0 to 1.3',
      'questions',
    ],
    [
      'appendix-f',
      '12-3 0 of 3 failed, 12-12 3 of 3 failed; Admin 0 of 3 failed and 0 of 3',
      'none of three at 12-12. Admin trained in both',
      'questions',
    ],
    ['table1', '0 of 3 failed; perplexity 40.6', 'all three of its networks trained'],
    ['fig1', '3 of 3 failed, loss 4.84', 'three of three Post-LN networks of 18-18'],
    ['fig1', 'by -0.545 (-0.727 to -0.362', '0.5 nats above Pre-LN'],
    ['sgd', 'by 0.663 (0.211 to 1.11', '0.7 nats behind Adam (0.2 to 1.1)'],
    ['sgd', '0.284 (0.111 to 0.457', 'moved 0.3 times as far'],
    [
      'table2',
      'Post-LN 17.5 (15.5 to 19.5, 3 runs), Pre-LN 20.3 (19.1 to 21.4, 3 runs), Admin 20.6',
      '20.6 with Admin, 20.3 with Pre-LN, 17.5 with Post-LN',
    ],
    [
      'table2',
      'Post-LN 12.3 (10.5 to 14.2, 3 runs), Pre-LN 16.8 (14.7 to 18.9, 3 runs), Admin 16.8',
      '16.8, 16.8 and 12.3',
    ],
    ['fig9', '3 of 3 failed, loss 4.85', 'fails at 12-12 and 18-18 (3 of 3 each)'],
    ['fig9', '0 of 18 failed', 'all eighteen networks'],
    [
      'boundary',
      'Post-LN fails in 13 of 16 settings, Admin in 9 of 16',
      'in 13 of 16 settings of depth (3 to 18 blocks) and rate, Admin in 9, Pre-LN in 4',
    ],
    [
      'fig10',
      'diverged Post-LN 4 of 45, Pre-LN 0 of 45, Admin 1 of 45',
      'Post-LN diverged in 4 of 45 runs, Admin in 1, Pre-LN in none',
    ],
  ])('%s found %j, and a page says %j', (item, result, said, where = 'methods') => {
    expect(found(item)).toContain(result);
    expect(page(where)).toContain(said);
  });

  test('theory and measurement agree as the README of analysis says', () => {
    const rows = cellsUnder(readPage('packages/analysis/README.md'), 'How well theory and measurement agree');
    for (const [method = '', near = ''] of rows) {
      const said = method === 'Pre-LN' ? `${near} times the predicted one in Pre-LN` : near;
      expect(page('methods'), method).toContain(said);
    }
  });

  test('the scores on Multi30k are those of the experiments', () => {
    const readme = readPage('experiments/README.md');
    for (const row of ['| Admin | 34.8 ', '| Pre-LN | 34.5 ', '| Post-LN | 34.2 '])
      expect(readme).toContain(row);
    expect(page('methods')).toContain('BLEU 34.8 with Admin, 34.5 with Pre-LN, 34.2 with Post-LN');
  });
});
