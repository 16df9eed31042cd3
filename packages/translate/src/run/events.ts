import type { WatchReport } from '@steadyformer/analysis';
import type { DropReason } from '../text/clean';

/** What a run tells while it goes on. Every event but those of `progress` is a line of its log too. */
export type RunEvent =
  | { readonly event: 'backend'; readonly name: string; readonly message: string }
  | { readonly event: 'progress'; readonly stage: string; readonly done: number; readonly total?: number }
  | DataEvent
  | {
      readonly event: 'vocabulary';
      readonly source: number;
      readonly target: number;
      readonly shared: boolean;
    }
  | ModelEvent
  | { readonly event: 'profile'; readonly omegas: Readonly<Record<string, readonly number[]>> }
  | { readonly event: 'replicas'; readonly count: number; readonly reason?: string }
  | ResumedEvent
  | UpdateEvent
  | ValidationEvent
  | { readonly event: 'watch'; readonly update: number; readonly report: WatchReport }
  | { readonly event: 'checkpoint'; readonly update: number; readonly folder: string; readonly best: boolean }
  | { readonly event: 'warning'; readonly update?: number; readonly message: string }
  | DivergedEvent
  | TestEvent
  | EndEvent;

/** The text. */
export interface DataEvent {
  readonly event: 'data';
  /** Sentence pairs, or lines of running text. */
  readonly train: number;
  readonly valid: number;
  readonly test: number;
  /** Left out of the training text, by reason. */
  readonly dropped: Readonly<Partial<Record<DropReason | 'blank' | 'held out', number>>>;
  /** Batches of an epoch, and pairs that are too long for one. */
  readonly batches: number;
  readonly tooLong: number;
}

/** The model of a run, once it is built. */
export interface ModelEvent {
  readonly event: 'model';
  readonly kind: string;
  readonly parameters: number;
  /** Blocks by stack. */
  readonly depth: Readonly<Record<string, number>>;
  readonly width: number;
  /** Residual method by stack. */
  readonly method: Readonly<Record<string, string>>;
}

/** The run goes on from a checkpoint. */
export interface ResumedEvent {
  readonly event: 'resumed';
  readonly update: number;
  readonly folder: string;
  /** Newer checkpoints that could not be read. */
  readonly skipped: readonly { readonly folder: string; readonly reason: string }[];
}

/** An update of a run that is logged. */
export interface UpdateEvent {
  readonly event: 'update';
  readonly update: number;
  readonly updates: number;
  readonly epoch: number;
  /** A target token, nats; label-smoothed. */
  readonly loss: number;
  readonly perplexity: number;
  readonly learningRate: number;
  readonly gradientNorm: number;
  /** Target tokens of this update. */
  readonly tokens: number;
  /** Since the event before. */
  readonly tokensPerSecond: number;
  /** To the last update, at the rate so far. */
  readonly secondsLeft: number;
}

/** A validation of a run. */
export interface ValidationEvent {
  readonly event: 'validation';
  readonly update: number;
  readonly loss: number;
  readonly perplexity: number;
  readonly bleu?: number;
  readonly signature?: string;
  /** Some translations. */
  readonly samples?: readonly {
    readonly source: string;
    readonly translation: string;
    readonly reference: string;
  }[];
  /** Whether no validation before was better. */
  readonly best: boolean;
}

/** Training diverged: where it began, and what to try. */
export interface DivergedEvent {
  readonly event: 'diverged';
  readonly update: number;
  readonly reason: string;
  /** The sub-layer or parameter where it began. */
  readonly path: string;
  /** What was found there and what to try. */
  readonly advice: string;
  /** The last checkpoint from before. */
  readonly lastGood?: string;
}

/** How the model of a run does on the test text. */
export interface TestEvent {
  readonly event: 'test';
  readonly sentences: number;
  readonly bleu?: number;
  readonly chrF?: number;
  readonly signature?: string;
  readonly perplexity: number;
  /** The translations, one a line. */
  readonly path?: string;
  readonly samples?: ValidationEvent['samples'];
}

/** How a run ends. */
export type Ending = 'done' | 'stopped' | 'early' | 'diverged';

/** How a run ended. */
export interface EndEvent {
  readonly event: 'end';
  readonly ending: Ending;
  readonly update: number;
  /** Of this process. */
  readonly seconds: number;
  /** The folder of the model to use, where the run came to its end. */
  readonly model?: string;
}
