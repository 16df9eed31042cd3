import { selectBackend } from '@steadyformer/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { EXAMPLES } from '../examples';
import { SIDES, type Side } from '../methods';
import { UPDATES } from '../sizes';
import { DEFAULT_STATE } from '../state';
import { NEW_VIEW, recentLoss } from '../view';
import { type Corpus, openCorpus } from './corpus';
import { type StepFigures, TrainingSession } from './session';

/** What the page shows of a model after one press of its button. */
interface Outcome {
  readonly loss: number;
  /** The loss when two thirds of the updates were done. */
  readonly before: number;
  /** Of the page's examples. */
  readonly examples: readonly string[];
  /** Of `TONED` names that the models have not seen, those whose tone of skin is right. */
  readonly tones: number;
}

const TONED = 20;

/** So many of them have each of the five tones: what saying one tone of all would get right. */
const BY_ONE_TONE = 4;

/** 'dunkle Hautfarbe': the tone that a German name ends with. */
const toneOf = (german: string): string | undefined => /: ([a-z]+ Hautfarbe)$/.exec(german)?.[1];

/** What a visitor sees who presses Train and changes nothing; both models take minutes. */
describe.runIf(process.env.STEADYFORMER_LONG === '1')('the settings that the page begins with', () => {
  let corpus: Corpus;
  const outcomes = {} as Record<Side, Outcome>;

  const outcomeOf = async (side: Side): Promise<Outcome> => {
    const { rate, warmup, seed } = DEFAULT_STATE;
    const session = await TrainingSession.open({ ...DEFAULT_STATE[side], rate, warmup, seed }, corpus);
    const steps: StepFigures[] = [];
    for (let update = 0; update < UPDATES; update++) steps.push(await session.step());
    const examples: string[] = [];
    for (const { source } of EXAMPLES) examples.push(await session.translate(source));
    let tones = 0;
    const toned = corpus.test.filter(({ target }) => toneOf(target)).slice(0, TONED);
    for (const { source, target } of toned) {
      if (toneOf(await session.translate(source)) === toneOf(target)) tones++;
    }
    await session.dispose();
    const lossAt = (update: number): number => recentLoss({ ...NEW_VIEW, steps: steps.slice(0, update) })!;
    return { loss: lossAt(UPDATES), before: lossAt((2 / 3) * UPDATES), examples, tones };
  };

  beforeAll(async () => {
    await selectBackend('onnxruntime');
    corpus = openCorpus();
    for (const side of SIDES) outcomes[side] = await outcomeOf(side);
  }, 1_800_000);

  it('are of Post-LN and Admin', () => {
    expect([DEFAULT_STATE.left.method, DEFAULT_STATE.right.method]).toEqual(['postLN', 'admin']);
  });

  it('leave Post-LN at the loss of token frequencies alone, and Admin well below', () => {
    for (const loss of [outcomes.left.before, outcomes.left.loss]) {
      expect(Math.abs(loss - corpus.unigram)).toBeLessThan(0.3);
    }
    expect(outcomes.right.loss).toBeLessThan(outcomes.right.before);
    expect(outcomes.right.loss).toBeLessThan(corpus.unigram - 0.7);
  });

  it('teach Admin some tones of skin and Post-LN none, and both say something', () => {
    for (const side of SIDES) for (const text of outcomes[side].examples) expect(text).not.toBe('');
    expect(outcomes.right.tones).toBeGreaterThan(BY_ONE_TONE);
    expect(outcomes.left.tones).toBe(0);
  });
});
