import { type ComputeType, SteadyformerError, selectBackend } from '@steadyformer/core';
import { type Checkpoint, translatorFrom } from '@steadyformer/translate';
import {
  evaluateLanguageModel,
  evaluateTranslator,
  scoreSentence,
  type TokenScores,
} from '@steadyformer/translate/node';
import { loadUsable } from '../checkpoints/found';
import { checkNewFile, writeNewFile } from '../output/newOutput';
import { row, screenOn, showStage } from '../output/screen';
import { interruptible } from '../program/interruptible';
import type { Streams } from '../program/streams';
import { languageModelFrom } from '../translate/languageModelFrom';
import { endTranslator, type Replicas, withReplicas } from '../translate/replicas';
import { type SearchChoice, searchOptionsOf } from '../translate/searchOptions';
import { allLines, checkSameLength } from './lines';
import { reportText } from './reportText';

export interface EvaluateCommand extends SearchChoice {
  readonly source?: string;
  readonly reference?: string;
  /** For a language model. */
  readonly text?: string;
  /** Tokens that a language model sees at a time. */
  readonly length: number;
  readonly samples: number;
  readonly backend: string;
  readonly computeType: ComputeType;
  readonly replicas: Replicas;
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** What was measured, for people and for programs. */
interface Measured {
  readonly lines: readonly string[];
  readonly json: object;
  /** The model's own text, where it was asked for. */
  readonly translations?: readonly string[];
}

type OnProgress = (stage: string, done: number, total: number) => void;

/** A text to be read, and how a model of its kind is measured on it. */
type Measure = (checkpoint: Checkpoint, onProgress: OnProgress, signal: AbortSignal) => Promise<Measured>;

const tokenLines = ({ tokens, perplexity, nll, accuracy }: TokenScores): string[] => [
  row('tokens', `${tokens}, ends included`),
  row('perplexity', `${perplexity.toFixed(3)}, ${nll.toFixed(4)} nats a token`),
  row('accuracy', `${(100 * accuracy).toFixed(2)} % of tokens are the likeliest, those before them told`),
];

const ofPairs = async (
  source: string,
  reference: string,
  command: EvaluateCommand,
  streams: Streams,
): Promise<Measure> => {
  const sources = await allLines(source, streams);
  const references = await allLines(reference, streams);
  checkSameLength([reference, references], [source, sources]);
  const pairs = sources.map((each, i) => ({ source: each, target: references[i]! }));
  return async (checkpoint, onProgress, signal) => {
    let translator = translatorFrom(checkpoint);
    try {
      const { samples, replicas } = command;
      translator = await withReplicas(translator, replicas, { lines: pairs.length, signal });
      const found = await evaluateTranslator(translator, pairs, {
        search: { ...searchOptionsOf(command), computeType: command.computeType, signal },
        samples,
        onProgress,
      });
      const { translations, ...json } = found;
      const sentence = scoreSentence(found.report);
      const lines = [
        row('sentences', String(found.sentences)),
        ...tokenLines(found),
        '',
        reportText(found.report),
        '',
        sentence,
      ];
      return { lines, json: { ...json, sentence }, translations };
    } finally {
      await endTranslator(translator);
    }
  };
};

const ofText = async (text: string, { length }: EvaluateCommand, streams: Streams): Promise<Measure> => {
  const texts = (await allLines(text, streams)).filter((line) => line.trim() !== '');
  if (texts.length === 0) throw new SteadyformerError(`${text}: all lines are blank; name a file of text`);
  return async (checkpoint, onProgress) => {
    const { model, vocabulary } = languageModelFrom(checkpoint);
    try {
      const json = await evaluateLanguageModel(model, texts, { vocabulary, length, onProgress });
      return { lines: tokenLines(json), json };
    } finally {
      model.dispose();
    }
  };
};

/** What is measured on. @throws SteadyformerError where that is not one of the two */
const measureOf = async (
  command: EvaluateCommand,
  streams: Streams,
): Promise<{ readonly kind: 'transformer' | 'languageModel'; readonly measure: Measure }> => {
  const { source, reference, text, out } = command;
  if (text !== undefined && (source ?? reference ?? out) === undefined) {
    return { kind: 'languageModel', measure: await ofText(text, command, streams) };
  }
  if (text === undefined && source !== undefined && reference !== undefined) {
    if (source === '-' && reference === '-') {
      throw new SteadyformerError('-: standard input can be read once; name a file for the other');
    }
    return { kind: 'transformer', measure: await ofPairs(source, reference, command, streams) };
  }
  throw new SteadyformerError(
    'evaluate: allowed --source and --reference, two files line by line, for a translation model; or --text alone for a language model',
  );
};

/** Measures a model on a test set. */
export const runEvaluate = async (
  folder: string,
  command: EvaluateCommand,
  streams: Streams,
): Promise<void> => {
  const { out, json } = command;
  const { kind, measure } = await measureOf(command, streams);
  if (out !== undefined) await checkNewFile(out, command);
  const { checkpoint } = await loadUsable(folder, kind);
  const { message } = await selectBackend(command.backend);
  streams.error(`${message}\n`);
  // Beside what goes to a file or a pipe, nothing.
  const screen = screenOn(streams, json || streams.columns?.() === undefined);
  const found = await interruptible((signal) =>
    measure(
      checkpoint,
      (...progress) => {
        signal.throwIfAborted();
        showStage(screen)(...progress);
      },
      signal,
    ),
  ).finally(screen.close);
  streams.out(`${json ? JSON.stringify(found.json, null, 2) : found.lines.join('\n')}\n`);
  if (out === undefined || !found.translations) return;
  await writeNewFile(out, `${found.translations.join('\n')}\n`);
  streams.error(`wrote ${out}\n`);
};
