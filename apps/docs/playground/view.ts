import { type Failure, smallerDepth } from './failure';
import type { MeasuredPoint } from './lab/measure';
import type { StepFigures } from './lab/session';
import { branchesOf, type Choice } from './methods';
import type { Ending, Reply } from './protocol';

/** What is known of one model: nothing else is shown of it beside theory. */
export interface View {
  /** The request whose replies count. */
  readonly id: number;
  readonly busy: 'no' | 'measuring' | 'training';
  /** What is being done before figures come. */
  readonly status: string;
  /** Which backend runs, and notes on it. */
  readonly backend: string;
  readonly notes: readonly string[];
  /** Of the model in training. */
  readonly parameters?: number;
  /** The loss that token frequencies alone give. */
  readonly unigram?: number;
  readonly measured: readonly MeasuredPoint[];
  readonly steps: readonly StepFigures[];
  readonly ending?: { readonly why: Ending; readonly message?: string };
  readonly translation?: string;
  readonly failure?: Failure;
}

export const NEW_VIEW: View = {
  id: 0,
  busy: 'no',
  status: '',
  backend: '',
  notes: [],
  measured: [],
  steps: [],
};

const without = ({ ending: _, failure: __, ...rest }: View): View => rest;

/** Measuring or training begins; training anew forgets the steps of before. */
export const begun = (view: View, id: number, what: 'measure' | 'train' | 'continue'): View => ({
  ...without(view),
  id,
  busy: what === 'measure' ? 'measuring' : 'training',
  status: 'starting',
  ...(what === 'measure' ? { measured: [] } : {}),
  ...(what === 'train' ? { steps: [] } : {}),
});

/** The view after a reply. Late ones of another request change nothing. */
export const heard = (view: View, reply: Reply): View => {
  if (reply.kind === 'translated') return { ...view, translation: reply.text };
  if (reply.kind === 'failed') return failed(view, reply);
  if (reply.id !== view.id) return view;
  switch (reply.kind) {
    case 'backend':
      return { ...view, backend: reply.name, notes: reply.notes };
    case 'status':
      return { ...view, status: reply.text };
    case 'built':
      return { ...view, status: 'first update', parameters: reply.parameters, unigram: reply.unigram };
    case 'measured':
      return { ...view, status: '', measured: reply.points };
    case 'step':
      return { ...view, status: '', steps: [...view.steps, reply.figures] };
    case 'ended': {
      const { why, message } = reply;
      return { ...view, busy: 'no', status: '', ending: message === undefined ? { why } : { why, message } };
    }
    default:
      return view;
  }
};

/** A worker that has ended takes its model along; other failures end only what they are about. */
const failed = (view: View, { id, failure }: Extract<Reply, { kind: 'failed' }>): View => {
  if (failure.kind !== 'other') return { ...NEW_VIEW, measured: view.measured, failure };
  return id === view.id ? { ...view, busy: 'no', status: '', failure } : { ...view, failure };
};

/** Whether there is a model that can translate, and be trained on. */
export const isTrained = ({ steps }: View): boolean => steps.length > 0;

/** The last so many losses' mean: single batches scatter. */
const LAST = 20;

export const recentLoss = ({ steps }: View): number | undefined => {
  const last = steps.slice(-LAST);
  return last.length === 0 ? undefined : last.reduce((sum, { loss }) => sum + loss, 0) / last.length;
};

/** What is shown in the place of a translation; a model that has learned little often says nothing. */
export const translationText = ({ translation }: View): string => {
  if (translation === undefined) return '–';
  return translation === '' ? '(no words)' : translation;
};

/** One sentence on where training stands. */
export const trainingText = (view: View): string => {
  const { busy, status, steps, ending } = view;
  const update = steps.at(-1)?.update ?? 0;
  const loss = recentLoss(view);
  const at = loss === undefined ? '' : `update ${update}, loss ${loss.toFixed(2)}`;
  if (busy === 'training') return status ? `${status} …` : at;
  if (ending?.why === 'diverged') return `Diverged at ${at || 'the first update'}: ${ending.message ?? ''}`;
  return at && `${ending?.why === 'stopped' ? 'Stopped' : 'Done'} at ${at}`;
};

/** What went wrong, and what to do, in words; and a smaller depth where memory ran out. */
export const failureText = (
  { failure }: View,
  { depth }: Choice,
): { readonly text: string; readonly smaller?: number } | undefined => {
  if (!failure) return undefined;
  if (failure.kind === 'memory') {
    const smaller = smallerDepth(depth);
    const text = `There is not enough memory here for ${branchesOf(depth)} branches (${failure.message}). The worker is ended; choose a smaller model.`;
    return smaller === undefined ? { text } : { text, smaller };
  }
  if (failure.kind === 'crash') {
    return {
      text: `The worker has crashed (${failure.message}). A new one starts at the next press of a button.`,
    };
  }
  return { text: `${failure.message}` };
};
