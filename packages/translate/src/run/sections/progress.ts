import { anyRecord, finite, flag, oneOf, whole } from '@steadyformer/core';
import { key, type Section, section } from '../section';

export interface ValidationConfig {
  readonly every: number;
  readonly metric: 'loss' | 'bleu';
  readonly bleu: boolean;
  readonly sentences: number;
}

export interface EarlyStoppingConfig {
  readonly patience: number;
  readonly minDelta: number;
}

export interface CheckpointsConfig {
  readonly every: number;
  readonly keep: number;
  readonly keepEvery?: number;
}

export interface AverageConfig {
  readonly decay: number;
  readonly last: number;
}

export interface WatchConfig {
  readonly every: number;
  readonly thresholds: Readonly<Record<string, unknown>>;
}

export interface DecodingConfig {
  readonly beamSize: number;
  readonly lengthPenalty: number;
}

export interface LogConfig {
  readonly every: number;
  readonly tensorBoard: boolean;
}

export const validationSection = (): Section<ValidationConfig> =>
  section('What is measured on held-out text while training.', {
    every: key('Updates from one validation to the next; 0 for none but the last.', whole(0), 500),
    metric: key(
      "By which the best checkpoint is told and training stops early: 'loss' or 'bleu'.",
      oneOf(['loss', 'bleu']),
      'loss',
    ),
    bleu: key('Whether validation text is translated, too.', flag(), false),
    sentences: key('Most sentences of it that are translated.', whole(), 200),
  });

export const earlyStoppingSection = (): Section<EarlyStoppingConfig> =>
  section('Ends training where validation does not improve.', {
    patience: key('Validations without improvement; 0 to go on to the last update.', whole(0), 0),
    minDelta: key(
      'What counts as improvement.',
      finite('numbers >= 0', (delta) => delta >= 0),
      0,
    ),
  });

export const checkpointsSection = (): Section<CheckpointsConfig> =>
  section('What is saved, to <output>/checkpoints, beside the best one.', {
    every: key('Updates from one checkpoint to the next.', whole(), 500),
    keep: key('How many of the newest stay.', whole(), 2),
    keepEvery: key('The first one at or after every multiple of so many updates stays for good.', whole()),
  });

export const averageSection = (): Section<AverageConfig> =>
  section('Averages of weights, which often translate better.', {
    decay: key(
      'Of an exponential moving average of the weights, such as 0.999, which is then validated and saved as the model; 0 for none.',
      finite('numbers in [0, 1)', (decay) => decay >= 0 && decay < 1),
      0,
    ),
    last: key(
      'The model is the mean of so many of the last checkpoints (checkpoints.keep has to be as many); 0 for the best one.',
      whole(0),
      0,
    ),
  });

export const watchSection = (): Section<WatchConfig> =>
  section('Watches residual branches and updates, and warns.', {
    every: key('Updates from one look to the next; 0 for none.', whole(0), 50),
    thresholds: key('Where warnings begin, in place of the usual ones.', anyRecord(), {}),
  });

export const decodingSection = (): Section<DecodingConfig> =>
  section('How text is translated in validation and test.', {
    beamSize: key('Hypotheses kept a sentence; 1 is greedy search.', whole(), 4),
    lengthPenalty: key('Scores are divided by the length to this power.', finite(), 1),
  });

export const logSection = (): Section<LogConfig> =>
  section('What is written down, to <output>/log.jsonl.', {
    every: key('Updates from one line to the next.', whole(), 10),
    tensorBoard: key('Whether TensorBoard can read it as well, in <output>/tensorboard.', flag(), true),
  });
