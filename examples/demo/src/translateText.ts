import { join } from 'node:path';
import { selectBackend } from '@steadyformer/core';
import { loadTranslator } from '@steadyformer/translate/node';
import { type DemoOptions, STANDARD_OUTPUT } from './options';

/** The folder that a run saves its model to. */
export const checkpointIn = (output: string): string => join(output, 'checkpoint');

/** Prints the translation of a text by the model of an earlier run. Throws where there is none. */
export const translateText = async ({ backend, output }: DemoOptions, text: string): Promise<void> => {
  await selectBackend(backend);
  const translator = await loadTranslator(checkpointIn(output));
  const [translation] = await translator.translate([text]);
  process.stdout.write(`${translation!.text}\n`);
};

/** What a shell takes as it is between double quotes. */
const PLAIN = /^[\p{L}\p{N} ,.:;()/-]+$/u;

/** The command that translates one of these texts with the model saved under `output`. */
export const commandFor = (output: string, texts: readonly string[]): string => {
  const text = texts.find((one) => PLAIN.test(one)) ?? 'Hello';
  return `npm run demo -- --translate "${text}"${output === STANDARD_OUTPUT ? '' : ` --output "${output}"`}`;
};
