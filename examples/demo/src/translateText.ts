import { join } from 'node:path';
import { selectBackend } from '@steadyformer/core';
import { loadTranslator } from '@steadyformer/translate/node';
import { type DemoOptions, STANDARD_OUTPUT } from './options';

/** The folder that a run saves its model to. */
export const modelIn = (output: string): string => join(output, 'model');

/** Prints the translation of a text by the model of an earlier run. Throws where there is none. */
export const translateText = async ({ backend, output }: DemoOptions, text: string): Promise<void> => {
  await selectBackend(backend);
  const translator = await loadTranslator(modelIn(output));
  const [translation] = await translator.translate([text]);
  process.stdout.write(`${translation!.text}\n`);
};

/** The command that translates with the model saved under `output`. */
export const commandFor = (output: string): string =>
  `npm run demo -- --translate "Inserts a new column."${output === STANDARD_OUTPUT ? '' : ` --output "${output}"`}`;
