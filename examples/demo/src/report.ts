import { outputDifference, reparameterize } from '@steadyformer/admin-init';
import { stateDict, type Transformer } from '@steadyformer/core';
import {
  batchTensors,
  bleu,
  encodeCorpus,
  makeBatch,
  type TranslateProgress,
  Translator,
} from '@steadyformer/translate';
import { saveCheckpoint } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import type { Corpus } from './corpus';
import type { Prepared } from './prepare';
import { clock, row, type Screen } from './screen';

const SHOWN = 10;

/** BLEU on the held-out test with translations beside their references. Ends where the signal says so. */
export const showTest = async (
  corpus: Corpus,
  prepared: Prepared,
  screen: Screen,
  signal: AbortSignal,
): Promise<void> => {
  const translator = new Translator(prepared.model, prepared.vocabulary);
  const sources = corpus.test.map(({ source }) => source);
  const started = performance.now();
  const onProgress = ({ done, total, token }: TranslateProgress): void => {
    signal.throwIfAborted();
    const seconds = clock((performance.now() - started) / 1000);
    screen.live(
      row('test', `translated ${done}/${total} held-out sentences, token ${token} of the next, ${seconds}`),
    );
  };
  const texts = (await translator.translate(sources, { beamSize: 4, onProgress })).map(({ text }) => text);
  const seconds = (performance.now() - started) / 1000;
  const score = bleu(
    texts,
    corpus.test.map(({ target }) => target),
  );
  screen.line(
    row(
      'test',
      `BLEU ${score.score.toFixed(1)} on ${texts.length} held-out sentences, beam 4, ${seconds.toFixed(1)} s`,
    ),
  );
  screen.line(row('', score.signature));
  const stride = Math.max(1, Math.floor(texts.length / SHOWN));
  for (let i = 0; i < texts.length && i < SHOWN * stride; i += stride) {
    screen.line('');
    screen.line(row('source', sources[i]!));
    screen.line(row('ours', texts[i]!));
    screen.line(row('reference', corpus.test[i]!.target));
  }
  screen.line('');
};

/** Folds omega away, says how far the plain model's outputs lie from the trained one's, and saves it. */
export const showFold = async (
  corpus: Corpus,
  prepared: Prepared,
  folder: string,
  screen: Screen,
): Promise<void> => {
  screen.live(row('fold', 'omega into a plain Post-LN model'));
  const plain = await reparameterize(prepared.model, { maxLength: 256 });
  const encoded = encodeCorpus(corpus.test.slice(0, 32), prepared.vocabulary);
  const batch = batchTensors(
    makeBatch(
      encoded,
      Array.from({ length: Math.min(32, corpus.test.length) }, (_, i) => i),
    ),
  );
  const { largest, scale } = await outputDifference(prepared.model, plain, batch);
  tf.dispose([batch.source, batch.target]);
  screen.line(
    row(
      'fold',
      `omega folded into a plain Post-LN model: logits differ by ${largest.toExponential(1)} at most (largest logit ${scale.toFixed(1)})`,
    ),
  );
  await savePlain(plain, prepared, folder);
  plain.dispose();
  screen.line(row('saved', `the plain model to ${folder}`));
};

const savePlain = async (model: Transformer, { vocabulary }: Prepared, folder: string): Promise<void> =>
  saveCheckpoint(folder, { config: model.config, parameters: await stateDict(model), vocabulary });
