import { resolve } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';
import { type Bpe, type TrainBpeOptions, toHuggingFace, writeSubwordNmt } from '@steadyformer/translate';
import { trainBpeOnFiles } from '@steadyformer/translate/node';
import { checkNewFile, writeNewFile } from '../output/newOutput';
import { row, screenOn } from '../output/screen';
import { uninterrupted } from '../output/uninterrupted';
import type { Streams } from '../program/streams';
import { asBytes, inPieces, linesOf, printAll } from './lineStream';
import { type SegmentOptions, segmenter } from './segmenter';
import { type Side, vocabularyFrom } from './vocabularyFile';

export interface LearnCommand {
  readonly out: string;
  readonly subwordNmt?: string;
  readonly huggingFace?: string;
  readonly merges: number;
  readonly minFrequency: number;
  readonly minCharacterFrequency: number;
  readonly words?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** What is written where. Forms that cannot be had are refused before the text is read. */
const outputsOf = ({ out, subwordNmt, huggingFace, words }: LearnCommand) => {
  if (subwordNmt !== undefined && !words) {
    throw new SteadyformerError(
      '--subword-nmt: its codes are of text that is cut at spaces; learn such a vocabulary with --words',
    );
  }
  const outputs: [string, (bpe: Bpe) => string][] = [[out, (bpe) => `${JSON.stringify(bpe)}\n`]];
  if (subwordNmt !== undefined) outputs.push([subwordNmt, writeSubwordNmt]);
  if (huggingFace !== undefined) {
    outputs.push([huggingFace, (bpe) => `${JSON.stringify(toHuggingFace(bpe), null, 2)}\n`]);
  }
  return outputs;
};

/** Learns a vocabulary from files and writes it in the forms asked for. */
export const learn = async (
  files: readonly string[],
  options: LearnCommand,
  streams: Streams,
): Promise<void> => {
  const outputs = outputsOf(options);
  const paths = outputs.map(([path]) => resolve(path));
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined)
    throw new SteadyformerError(`--out ${twice}: two forms cannot be one file; name another`);
  for (const [path] of outputs) await checkNewFile(path, options);
  const screen = screenOn(streams, options.json);
  const { merges, minFrequency, minCharacterFrequency, words = false } = options;
  try {
    const training: TrainBpeOptions = {
      ...{ merges, minFrequency, minCharacterFrequency },
      preTokenizer: words ? 'whitespace' : 'metaspace',
      onProgress: (soFar) => screen.live(row('merges', `${soFar.merges}/${merges}`)),
    };
    const bpe = await trainBpeOnFiles(files, training);
    const written = outputs.map(([path, form]) => [path, form(bpe)] as const);
    await uninterrupted(async () => {
      for (const [path, text] of written) await writeNewFile(path, text);
    });
    const { size, model } = bpe;
    const found = { tokens: size, merges: model.merges.length, files: written.map(([path]) => path) };
    if (options.json) streams.out(`${JSON.stringify(found)}\n`);
    screen.line(row('vocabulary', `${size} tokens, ${model.merges.length} merges`));
    for (const path of found.files) screen.line(row('wrote', path));
  } finally {
    screen.close();
  }
};

export interface ApplyCommand extends SegmentOptions {
  readonly vocabulary: string;
  readonly side?: Side;
  readonly out?: string;
  readonly force?: boolean;
}

/** Cuts text into subwords, line by line, whatever its size. */
export const apply = async (
  files: readonly string[],
  options: ApplyCommand,
  streams: Streams,
): Promise<void> => {
  const { vocabulary, side, out } = options;
  if (out !== undefined) await checkNewFile(out, options);
  const cut = segmenter(await vocabularyFrom(vocabulary, side), options);
  const pieces = inPieces(linesOf(files.length === 0 ? ['-'] : files, streams), cut);
  await (out === undefined ? printAll(pieces, streams) : writeNewFile(out, asBytes(pieces)));
};
