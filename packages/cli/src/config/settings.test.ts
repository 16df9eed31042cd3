import { describe, expect, it } from 'vitest';
import { parseSetting, withSettings } from './settings';

const set = (given: Record<string, unknown>, ...texts: string[]): unknown =>
  withSettings(given, texts.map(parseSetting));

describe('--set', () => {
  it('sets what the file has, and what it has not', () => {
    const given = { model: { width: 8, depth: 2 } };
    expect(set(given, 'model.width=16', 'model.dropout.residual=0.3', 'seed=7')).toEqual({
      model: { width: 16, depth: 2, dropout: { residual: 0.3 } },
      seed: 7,
    });
    expect(given).toEqual({ model: { width: 8, depth: 2 } });
  });

  it('reads values as YAML', () => {
    expect(set({}, 'optimizer.peak=1e-3', 'average.decay=0', 'log.tensorBoard=false', 'output=a=b')).toEqual({
      optimizer: { peak: 0.001 },
      average: { decay: 0 },
      log: { tensorBoard: false },
      output: 'a=b',
    });
    expect(
      set({}, 'data.train={ source: a.en, target: b.de }', 'model.depth={encoder: 12, decoder: 6}'),
    ).toEqual({
      data: { train: { source: 'a.en', target: 'b.de' } },
      model: { depth: { encoder: 12, decoder: 6 } },
    });
  });

  it('takes a key back to its default by null', () => {
    expect(set({ batches: { maxTokens: 8 } }, 'batches.maxTokens=null', 'model=null')).toEqual({
      batches: { maxTokens: null },
      model: null,
    });
    expect(set({ model: null }, 'model.width=8')).toEqual({ model: { width: 8 } });
  });

  it('takes what is in short form, or a default, for its long form', () => {
    expect(set({ model: { depth: 4 } }, 'model.depth.encoder=12')).toEqual({
      model: { depth: { encoder: 12, decoder: 4 } },
    });
    expect(set({}, 'model.depth.encoder=12', 'model.depth.decoder=3')).toEqual({
      model: { depth: { encoder: 12, decoder: 3 } },
    });
    expect(set({}, 'model.method.decoder=preLN')).toEqual({
      model: { method: { encoder: 'admin', decoder: 'preLN' } },
    });
    expect(set({ model: { method: 'postLN' } }, 'model.method.options.eps=1')).toEqual({
      model: { method: { name: 'postLN', options: { eps: 1 } } },
    });
    expect(
      set({ model: { stochasticDepth: { rate: 0.2 } } }, 'model.stochasticDepth.encoder.rate=0.1'),
    ).toEqual({
      model: { stochasticDepth: { encoder: { rate: 0.1 }, decoder: { rate: 0.2 } } },
    });
    expect(set({}, 'optimizer.schedule.warmup=100')).toEqual({
      optimizer: { schedule: { name: 'inverseSqrt', warmup: 100 } },
    });
    expect(set({}, 'optimizer.options.beta2=0.98', 'optimizer.options.epsilon=1e-9')).toEqual({
      optimizer: { options: { beta2: 0.98, epsilon: 1e-9 } },
    });
  });

  it('begins anew with another name: the options were those of the other', () => {
    const given = { optimizer: { schedule: { name: 'inverseSqrt', warmup: 50 } } };
    expect(set(given, 'optimizer.schedule.name=linearDecay', 'optimizer.schedule.updates=9')).toEqual({
      optimizer: { schedule: { name: 'linearDecay', updates: 9 } },
    });
    expect(set(given, 'optimizer.schedule.name=inverseSqrt')).toEqual(given);
  });

  it('takes one form of text for another as a whole', () => {
    const given = {
      data: { train: { source: 'a.en', target: 'a.de' }, valid: { path: 'b.tsv', format: 'tsv' } },
    };
    expect(set(given, 'data.train.path=c.tsv')).toEqual({
      data: { ...given.data, train: { path: 'c.tsv' } },
    });
    expect(set(given, 'data.train.shards=s', 'data.train.shardsPerBlock=2')).toMatchObject({
      data: { train: { shards: 's', shardsPerBlock: 2 } },
    });
    expect(set(given, 'data.valid.source=b.en', 'data.valid.target=b.de')).toMatchObject({
      data: { valid: { source: 'b.en', target: 'b.de' } },
    });
    expect(set(given, 'data.train.target=c.de', 'data.valid.languages=[en, de]')).toEqual({
      data: {
        train: { source: 'a.en', target: 'c.de' },
        valid: { path: 'b.tsv', format: 'tsv', languages: ['en', 'de'] },
      },
    });
  });

  it.each<readonly [string, string]>([
    ['model.witdh=8', "--set 'model.witdh=8': model: unknown option 'witdh', did you mean 'width'?"],
    ['modle.width=8', "--set 'modle.width=8': unknown option 'modle', did you mean 'model'?"],
    ['data.holdout.valid=8', "data: unknown option 'holdout', did you mean 'holdOut'?"],
    ['data.filter.maxRation=8', "data.filter: unknown option 'maxRation', did you mean 'maxRatio'?"],
    ['__proto__.x=1', "unknown option '__proto__'"],
    ['constructor=1', "unknown option 'constructor'"],
    ['model.toString=1', "model: unknown option 'toString'"],
    ...['seed', 'seed=', 'seed= ', '=1', '', '.=1', 'model.=1', '.seed=1', 'model..width=1'].map(
      (text) => [text, `--set '${text}': allowed KEY=VALUE, such as --set optimizer.peak=1e-3`] as const,
    ),
    ['seed=[1', "--set 'seed=[1':1:3: Flow sequence"],
    ['seed=.nan', "--set 'seed=.nan':1:1: received .nan"],
    ['model={ a: 1, a: 2 }', "the key 'a' is there twice"],
    ['seed=!!set x', 'Unresolved tag'],
    ['model.width.deep=1', "--set 'model.width.deep=1': the config has 256 where 'deep' would be a key"],
    ['model.method.width=1', "the config has 'admin' where 'width' would be a key"],
    ['optimizer.groups.select=x', "what is above 'select' is a list; set it as a whole"],
  ])('refuses %j', (text, message) => {
    expect(() => set({}, text)).toThrow(message);
    expect(() => set({}, text)).toThrow(/^[^\n]+$/u);
  });
});
