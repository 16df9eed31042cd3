// Learning merges and cutting text by them. Argument: JSON of SubwordsOptions.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Bpe, encodeCorpus, trainBpe, writeSubwordNmt } from '@steadyformer/translate';
import { serve } from './serve';

export interface SubwordsOptions {
  /** Files of a sentence a line. */
  readonly source: string;
  readonly target: string;
  readonly merges: number;
}

const options = JSON.parse(process.argv[2]!) as SubwordsOptions;

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').trimEnd().split('\n');

await serve(async () => {
  const [source, target] = [linesOf(options.source), linesOf(options.target)];
  const lines = [...source, ...target];
  const pairs = source.map((text, i) => ({ source: text, target: target[i]! }));
  const learn = (): Bpe => trainBpe(lines, { merges: options.merges, preTokenizer: 'whitespace' });
  let learned: Bpe | undefined;
  let segments = 0;
  return {
    versions: { node: process.version },
    cases: {
      learn: () => ({
        step: () => {
          learned = learn();
        },
      }),
      apply: () => {
        learned ??= learn();
        const json = learned.toJSON();
        return {
          // A vocabulary of its own every time: no word is known from the time before.
          step: () => {
            const encoded = encodeCorpus(pairs, Bpe.fromJSON(json));
            segments = encoded.source.ids.length + encoded.target.ids.length;
          },
        };
      },
    },
    facts: () => {
      const codes = learned ? writeSubwordNmt(learned) : '';
      return { codes: createHash('sha256').update(codes).digest('hex'), segments };
    },
  };
});
