import { entryOf, SteadyformerError } from '@steadyformer/core';
import { type BleuTokenizer, bleuMetric, chrFMetric, type Metric, terMetric } from '@steadyformer/translate';
import { scoreSentence, scoreSystems } from '@steadyformer/translate/node';
import type { Streams } from '../program/streams';
import { allLines, checkSameLength } from './lines';
import { reportText } from './reportText';

export interface ScoreCommand {
  readonly reference: readonly string[];
  readonly metrics: readonly string[];
  readonly tokenizer: BleuTokenizer;
  readonly lowercase?: boolean;
  readonly samples: number;
  readonly seed: number;
  readonly json?: boolean;
}

type MetricOptions = Pick<ScoreCommand, 'tokenizer' | 'lowercase'>;

/** The metrics by the names that the command line has for them. */
const METRICS: Readonly<Record<string, (options: MetricOptions) => Metric>> = {
  bleu: ({ tokenizer, lowercase = false }) => bleuMetric({ tokenizer, lowercase }),
  chrf: ({ lowercase = false }) => chrFMetric({ lowercase }),
  'chrf++': ({ lowercase = false }) => chrFMetric({ wordOrder: 2, lowercase }),
  ter: () => terMetric(),
};

/** The names that `--metrics` takes. */
export const METRIC_NAMES: readonly string[] = Object.keys(METRICS);

/** `name=file` names a system, else its file does. */
const named = (argument: string): { readonly name: string; readonly file: string } => {
  const [, name, file] = /^([^=/\\]+)=(.+)$/u.exec(argument) ?? [];
  return name !== undefined && file !== undefined ? { name, file } : { name: argument, file: argument };
};

const metricsOf = ({ metrics, ...options }: ScoreCommand): Metric[] =>
  metrics
    .flatMap((names) => names.split(','))
    .map((name) => entryOf(METRICS, name.trim().toLowerCase(), 'metric')(options));

/** Scores files of translations against files of references. */
export const runScore = async (
  systems: readonly string[],
  command: ScoreCommand,
  streams: Streams,
): Promise<void> => {
  const metrics = metricsOf(command);
  const { reference, samples, seed } = command;
  if ([...systems.map((each) => named(each).file), ...reference].filter((file) => file === '-').length > 1) {
    throw new SteadyformerError('-: standard input can be read once; name a file for the other');
  }
  const references = [];
  for (const file of reference) references.push([file, await allLines(file, streams)] as const);
  const given = [];
  for (const { name, file } of systems.map(named)) {
    const texts = await allLines(file, streams);
    checkSameLength([file, texts], references[0]!);
    given.push({ name, texts });
  }
  for (const each of references) checkSameLength(each, references[0]!);
  const sets = references.map(([, lines]) => lines);
  const report = scoreSystems(given, sets, { metrics, samples, seed });
  const sentence = scoreSentence(report);
  streams.out(
    command.json
      ? `${JSON.stringify({ ...report, references: reference, sentence }, null, 2)}\n`
      : `${reportText(report)}\n\n${sentence}\n`,
  );
};
