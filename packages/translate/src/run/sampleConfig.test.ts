import { describe, expect, it } from 'vitest';
import { sampleConfig } from './sampleConfig';

const data = { train: { source: 'a.en', target: 'b.de' } };

describe('sampleConfig', () => {
  const text = sampleConfig({
    data,
    model: { depth: { encoder: 12, decoder: 6 } },
    optimizer: { peak: 2e-3 },
  });

  it('says what each key is for, in lines that a screen has room for', () => {
    const lines = text.split('\n');
    expect(lines[0]).toBe('# A training run of Steadyformer, from text to a trained model.');
    expect(lines).toContain('  width: 256  # Features of the stream.');
    expect(lines).toContain('  train: { source: a.en, target: b.de }');
    expect(lines).toContain(
      '  depth: { encoder: 12, decoder: 6 }  # Blocks of each stack, or { encoder, decoder }.',
    );
    expect(lines).toContain('  maxSentences: null  # Most sentence pairs of a batch.');
    expect(lines).toContain('  peak: 0.002  # The largest learning rate.');
    expect(lines).toContain('  schedule: { name: inverseSqrt, warmup: 4000 }');
    const long = lines.filter((line) => line.length > 110);
    expect(long).toEqual([]);
  });

  it('quotes what would be taken for something else', () => {
    const odd = { source: 'null', target: "12's \n#é: x" };
    expect(sampleConfig({ data: { train: odd } })).toContain(
      '  train: { source: "null", target: "12\'s \\n#é: x" }\n',
    );
  });

  it('leaves out what the kind of run does not read', () => {
    expect(text).toMatch(/^ {2}bucketWidth: 1/mu);
    expect(text).not.toMatch(/^ {2}length:/mu);
    const speaker = sampleConfig({ kind: 'languageModel', data: { train: 'a.txt' } });
    expect(speaker).toMatch(/^ {2}length: 256/mu);
    expect(speaker).not.toMatch(/filter|bucketWidth|decoding/u);
  });

  it('is refused what a run would be', () => {
    expect(() => sampleConfig({})).toThrow('values.data: missing train');
    expect(() => sampleConfig({ data, modle: {} })).toThrow(
      "values: unknown option 'modle', did you mean 'model'?",
    );
  });
});
