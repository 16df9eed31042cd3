import { foldModel } from './fold';
import type { DemoOptions } from './options';
import { commandFor, modelIn } from './translateText';

const line = (label: string, text: string): void => {
  process.stdout.write(`${label.padEnd(12)}${text}\n`);
};

/** What can be done with the model of a run that came to its end. */
export const report = async ({ method, output }: DemoOptions): Promise<void> => {
  if (method === 'admin') {
    const { folder, largest, scale } = await foldModel(output);
    line(
      'fold',
      `omega folded into a plain Post-LN model: logits differ by ${largest.toExponential(1)} at most (largest logit ${scale.toFixed(1)})`,
    );
    line('saved', `the plain model to ${folder}`);
  }
  line('use it', commandFor(output));
  line('', `or in a program: loadTranslator('${modelIn(output)}') of @steadyformer/translate/node`);
};
