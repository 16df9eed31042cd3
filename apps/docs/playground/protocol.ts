import type { Growth } from '@steadyformer/analysis';
import type { Failure } from './failure';
import type { MeasuredPoint } from './lab/measure';
import type { StepFigures, TrainingSetup } from './lab/session';
import type { Theory } from './lab/theory';
import type { Choice, MethodName } from './methods';
import type { BackendName } from './state';

/** From the page to a worker. Replies carry the request's id, by which late ones are told. */
export type Request =
  | { readonly kind: 'theory'; readonly id: number; readonly choice: Choice }
  | { readonly kind: 'growth'; readonly id: number; readonly method: MethodName }
  | {
      readonly kind: 'measure';
      readonly id: number;
      readonly choice: Choice;
      readonly seed: number;
      readonly backend: BackendName;
    }
  /** Begins anew; a model trained before is gone. */
  | {
      readonly kind: 'train';
      readonly id: number;
      readonly setup: TrainingSetup;
      readonly updates: number;
      readonly backend: BackendName;
    }
  /** Goes on with the model that was trained. */
  | { readonly kind: 'continue'; readonly id: number; readonly updates: number }
  /** Of the model in training, or trained. */
  | { readonly kind: 'translate'; readonly id: number; readonly text: string }
  /** Ends measuring or training after the network or update at work. */
  | { readonly kind: 'stop' };

/** From a worker to the page. */
export type Reply =
  | { readonly kind: 'theory'; readonly id: number; readonly theory: Theory }
  | { readonly kind: 'growth'; readonly id: number; readonly method: MethodName; readonly growth: Growth }
  /** Which backend runs, and what there is to say of it. */
  | {
      readonly kind: 'backend';
      readonly id: number;
      readonly name: string;
      readonly notes: readonly string[];
    }
  /** What is being done before figures come. */
  | { readonly kind: 'status'; readonly id: number; readonly text: string }
  /** A model is built: numbers of its parameters, and the loss that token frequencies alone give. */
  | { readonly kind: 'built'; readonly id: number; readonly parameters: number; readonly unigram: number }
  | { readonly kind: 'measured'; readonly id: number; readonly points: readonly MeasuredPoint[] }
  | { readonly kind: 'step'; readonly id: number; readonly figures: StepFigures }
  /** Measuring or training is over, for now. */
  | { readonly kind: 'ended'; readonly id: number; readonly why: Ending; readonly message?: string }
  | { readonly kind: 'translated'; readonly id: number; readonly text: string }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: Failure };

export type Ending = 'done' | 'stopped' | 'diverged';
