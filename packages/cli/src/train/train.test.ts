import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshFolder, steadyformer } from '../../testing/command';

const folder = freshFolder('train');
const home = process.cwd();

const WORDS = ['red', 'blue', 'big', 'small', 'house', 'tree', 'sees', 'walks'];
const PAIRS = Array.from({ length: 60 }, (_, i) =>
  Array.from({ length: 2 + (i % 4) }, (_, k) => (i * (k + 3) + k) % WORDS.length),
);

const TINY = {
  output: 'run',
  backend: 'cpu',
  data: { train: { source: 'a.en', target: 'b.de' }, holdOut: { valid: 4, test: 2 } },
  vocabulary: { merges: 10 },
  batches: { maxTokens: 32 },
  model: { width: 4, heads: 1, depth: 1, method: 'preLN' },
  training: { updates: 4 },
  validation: { every: 2 },
  checkpoints: { every: 2 },
  decoding: { beamSize: 1 },
  log: { every: 1, tensorBoard: false },
};

beforeEach(async () => {
  process.chdir(folder());
  await writeFile('a.en', PAIRS.map((ids) => `${ids.map((id) => WORDS[id]).join(' ')}\n`).join(''));
  await writeFile('b.de', PAIRS.map((ids) => `${ids.map((id) => `${WORDS[id]}en`).join(' ')}\n`).join(''));
  await writeFile('c.json', JSON.stringify(TINY));
});
afterEach(() => process.chdir(home));

describe('steadyformer train', () => {
  it('trains, says how it goes, and goes on for more updates', async () => {
    const first = await steadyformer('train', 'c.json');
    expect([first.code, first.error]).toEqual([0, '']);
    const labels = first.out.split('\n').map((line) => line.slice(0, 12).trim());
    const steps = ['train', 'train', 'validation', 'checkpoint'];
    expect(labels.filter((label) => !['', 'source', 'ours', 'reference'].includes(label))).toEqual([
      ...['backend', 'vocabulary', 'data', 'model', 'replicas'],
      ...steps,
      ...steps,
      ...['test', 'done'],
    ]);
    expect(first.out).toMatch(
      /^train {7}update 4\/4 {2}0:00 left {2}loss \d.* tokens\/s {2}rate \S+ {2}gradient \S+$/mu,
    );
    expect(first.out).toMatch(/^checkpoint {2}run\/checkpoints\/update-0*4/mu);
    expect(first.out).toMatch(/^done {8}after update 4; the model is in run\/model$/mu);
    expect(await readdir('run')).toEqual(
      expect.arrayContaining(['checkpoints', 'model', 'log.jsonl', 'run.json']),
    );

    const more = await steadyformer('train', 'c.json', '--set', 'training.updates=6', '--quiet');
    expect(more).toEqual({ code: 0, out: '', error: '' });
    const log = await readFile('run/log.jsonl', 'utf8');
    const events = log
      .trimEnd()
      .split('\n')
      .map((line): { event: string; update?: number } => JSON.parse(line));
    expect(events.filter(({ event }) => event === 'update').map(({ update }) => update)).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
  });

  it('says what it would do, and writes nothing', async () => {
    const { code, out, error } = await steadyformer('train', 'c.json', '--dry-run', '-o', 'elsewhere');
    expect([code, error]).toEqual([0, '']);
    expect(out).toMatch(/^training {4}4 updates/mu);
    expect(out).toMatch(/parameters/u);
    expect((await readdir('.')).sort()).toEqual(['a.en', 'b.de', 'c.json']);
  });

  it('ends with 1 where training diverges, and says where and what to try', async () => {
    const wild = [
      '--set',
      'optimizer.peak=1e30',
      '--set',
      'optimizer.name=sgd',
      '--set',
      'model.method=postLN',
    ];
    const constant = [
      '--set',
      'optimizer.schedule={ name: constant, value: 1 }',
      '--set',
      'training.updates=50',
    ];
    const { code, error } = await steadyformer('train', 'c.json', '--quiet', ...wild, ...constant);
    const [reason, advice, lastGood, end] = error.split('\n');
    expect(reason).toMatch(/^training has diverged at update \d+: /u);
    expect(advice).toMatch(/(Embedding|coder).*try a lower peak learning rate/u);
    expect(lastGood).toMatch(/^last good checkpoint: (none|run.checkpoints.update-\d+)$/u);
    expect(end).toMatch(/^stopped after update \d+: training diverged$/u);
    expect(code).toBe(1);
  });

  const set = (text: string): readonly string[] => ['--set', text];

  it.each<readonly [string, readonly string[], string]>([
    ['no config', [], "missing required argument 'config'"],
    ['no such file', ['none.yaml'], "'none.yaml': the config cannot be read, there is no such file"],
    ['a folder', ['.'], "'.': the config cannot be read, it is a folder"],
    ['too many', ['c.json', 'd.json'], 'too many arguments'],
    ['no option', ['c.json', '--outptu', 'x'], "unknown option '--outptu' (Did you mean --output?)"],
    ['--set of nothing', ['c.json', '--set'], 'argument missing'],
    ...(
      [
        ['seed', 'allowed KEY=VALUE'],
        ['modle.width=8', "did you mean 'model'?"],
        ['model.width=-8', 'model.width: received -8, allowed whole numbers >= 1'],
        ['model.width=.nan', 'received .nan, allowed finite numbers'],
        ['model.width=many', "model.width: received 'many'"],
        ['model.width=1000000000000', 'Transformer parameters: received 1.0000000000025e+25'],
        ['model.depth=1.5', 'model.depth: received 1.5'],
        ['model.heads=3', 'heads'],
        ['model.method=postln', "did you mean 'postLN'?"],
        ['model.method={ name: admin, options: { x: 1 } }', 'x'],
        ['model.activation=relo', "received 'relo', allowed 'relu'"],
        ['model.dropout.residual=1', 'model.dropout.residual: received 1'],
        ['optimizer.name=adamw2', 'adamw2'],
        ['optimizer.peak=0', 'optimizer.peak: received 0, allowed numbers > 0'],
        ['optimizer.schedule.name=inversSqrt', "did you mean 'inverseSqrt'?"],
        ['optimizer.schedule.warm=4', "did you mean 'warmup'?"],
        ['optimizer.options.bta1=0.5', "did you mean 'beta1'?"],
        ['optimizer.groups=[{ select: "encodr" }]', 'encodr'],
        ['training.updates=0', 'training.updates: received 0'],
        ['training.labelSmoothing=2', 'training.labelSmoothing: received 2'],
        ['backend=gpu', 'gpu'],
        ['replicas=0', 'replicas: received 0'],
        ['replicas=1025', 'replicas: received 1025, allowed up to 1024'],
        ['kind=gan', 'kind: received'],
        ['kind=languageModel', 'has no effect where kind is'],
        ['data.train={ source: a.en, target: none.de }', 'none.de'],
        ['data.train={ source: a.en }', 'target'],
        ['data.train={ path: a.doc }', 'a.doc'],
        ['data.train=[]', 'data.train: received []'],
        ['data.valid={ path: none.tsv }', 'none.tsv'],
        ['data.holdOut.valid=1000', '1000'],
        ['data.filter.minWords=100', 'Loosen data.filter'],
        ['vocabulary.file=none.json', 'none.json'],
        ['batches.maxTokens=2', 'tokens a side'],
        ['average.last=9', 'average.last: received 9, allowed at most checkpoints.keep'],
        ['watch.thresholds.x=1', "unknown option 'x'"],
        ['output=""', 'output'],
        ['output=a.en', 'a.en'],
      ] as const
    ).map(([text, message]) => [text, ['c.json', ...set(text)], message] as const),
  ])('ends with 2 and one line, and writes nothing: %s', async (_, args, message) => {
    const { code, out, error } = await steadyformer('train', ...args);
    expect(error).toContain(message);
    expect(error).toMatch(/^error: [^\n]{1,600}\n$/u);
    expect(code).toBe(2);
    expect(out.includes('update ')).toBe(false);
    expect((await readdir('.')).sort()).toEqual(['a.en', 'b.de', 'c.json']);
  });

  it('leaves a folder of other things alone', async () => {
    await mkdir('photos');
    await writeFile('photos/cat.txt', 'cat');
    const { code, error } = await steadyformer('train', 'c.json', '-o', 'photos');
    expect(code).toBe(2);
    expect(error).toMatch(/^error: [^\n]*photos[^\n]*\n$/u);
    expect(await readdir('photos')).toEqual(['cat.txt']);
  });
});

describe('steadyformer train, asked to stop at once', () => {
  it('says that nothing is lost, and ends with 0', async () => {
    const listened = new Promise<void>((resolve) => {
      const look = (): void => {
        if (process.listenerCount('SIGTERM') === 0) setTimeout(look, 1);
        else {
          process.emit('SIGTERM', 'SIGTERM');
          resolve();
        }
      };
      look();
    });
    const [{ code, out, error }] = await Promise.all([steadyformer('train', 'c.json'), listened]);
    expect([code, error]).toEqual([0, '']);
    expect(out).toMatch(/^stopping {4}after this update, and saving; a second time ends it at once$/mu);
    expect(out).toMatch(
      /^stopped {5}(before the first update; the same command begins again|after update \d)/mu,
    );
    expect((await steadyformer('train', 'c.json', '-q')).code).toBe(0);
  });
});
