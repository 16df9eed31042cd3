import { SteadyformerError, selectBackend } from '@steadyformer/core';
import { type GenerateOptions, generate } from '@steadyformer/translate';
import { loadUsable, naming } from '../checkpoints/found';
import { linesOf } from '../data/lineStream';
import { interruptible } from '../program/interruptible';
import { ClosedPipe, type Streams } from '../program/streams';
import { languageModelFrom } from './languageModelFrom';

export interface GenerateCommand {
  readonly temperature: number;
  readonly topK?: number;
  readonly seed: number;
  readonly maxLength: number;
  readonly stop: readonly string[];
  readonly backend: string;
  readonly json?: boolean;
}

/** The options of the library; what is about drawing is left out where nothing is drawn. */
const optionsOf = ({ temperature, topK, seed, maxLength, stop }: GenerateCommand) => {
  if (temperature === 0 && topK !== undefined) {
    throw new SteadyformerError(
      '--top-k: without effect at --temperature 0, which takes the likeliest token; give a temperature above 0',
    );
  }
  const drawing = temperature > 0 ? { seed, ...(topK === undefined ? {} : { topK }) } : {};
  return { temperature, maxLength, stop, ...drawing };
};

const promptFrom = async (streams: Streams): Promise<string> => {
  const lines: string[] = [];
  for await (const line of linesOf(['-'], streams)) lines.push(line);
  return lines.join('\n');
};

/** What of a text will not change any more: a character that is not whole yet may. */
const settled = (text: string): string => text.replace(/\uFFFD+$/u, '');

/** Goes on from a prompt with a language model, and prints each word as it is said. */
export const runGenerate = async (
  folder: string,
  prompt: string | undefined,
  command: GenerateCommand,
  streams: Streams,
): Promise<void> => {
  const options = optionsOf(command);
  const { checkpoint } = await loadUsable(folder, 'languageModel');
  const before = prompt === undefined || prompt === '-' ? await promptFrom(streams) : prompt;
  const { message } = await selectBackend(command.backend);
  streams.error(`${message}\n`);
  const { model, vocabulary } = await naming(folder, () => languageModelFrom(checkpoint));
  let printed = '';
  const print = (text: string): void => {
    if (command.json || !text.startsWith(printed)) return;
    streams.out(text.slice(printed.length));
    printed = text;
  };
  try {
    const { text, ...rest } = await interruptible((signal) => {
      const onProgress: NonNullable<GenerateOptions['onProgress']> = (soFar) => {
        signal.throwIfAborted();
        if (streams.closed?.()) throw new ClosedPipe();
        print(settled(held(soFar, command.stop)));
      };
      return generate(model, before, { vocabulary, ...options, onProgress });
    });
    print(text);
    streams.out(command.json ? `${JSON.stringify({ prompt: before, text, ...rest })}\n` : '\n');
  } finally {
    model.dispose();
  }
};

/** The text without what may turn out to be the beginning of a stop. */
const held = (text: string, stops: readonly string[]): string => {
  let end = text.length;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > 0; length--) {
      if (text.endsWith(stop.slice(0, length))) {
        end = Math.min(end, text.length - length);
        break;
      }
    }
  }
  return text.slice(0, end);
};
