import {
  checkText,
  fields,
  finite,
  oneOf,
  parseAs,
  SteadyformerError,
  such,
  whole,
} from '@steadyformer/core';
import * as v from 'valibot';

/** What a line of a trace measures. */
export type TraceKind =
  /** D_N: variance per element of the change of the stream behind N branches, every token centred and of unit variance. */
  | 'output-change'
  /** Var[a_i]: variance of a branch's output, centred per token. */
  | 'branch-variance'
  /** Variance of the stream behind a sub-layer, centred per token; at depth 0 of the stack's input, s_0. */
  | 'stream-variance'
  /** L2 norm over the batch of the loss's gradient at the stream behind a sub-layer. */
  | 'gradient-norm';

/** One measurement of another program: a line of a trace. */
export interface TraceRecord {
  /** What was measured, by the other program's own name: `h.3.attn`. */
  readonly path: string;
  /** Updates of training before it; 0 at initialisation. */
  readonly step: number;
  readonly kind: TraceKind;
  readonly value: number;
  /**
   * N: residual branches up to and with this one, 0 for the stack's input. Absent: the paths of its run and kind are
   * counted in the order of their lines, from 1.
   */
  readonly depth?: number;
  /** The network, or the change of its weights, that it belongs to: a repetition. Default ''. */
  readonly run?: string;
  /** Of an output change: of weights that moved at random, or along a gradient. Default 'random'. */
  readonly change?: 'random' | 'aligned';
}

const KINDS: readonly TraceKind[] = ['output-change', 'branch-variance', 'stream-variance', 'gradient-norm'];

const schema = (): v.GenericSchema<TraceRecord> =>
  fields({
    path: such<string>('a text that is not empty', (path) => typeof path === 'string' && path !== ''),
    step: whole(0),
    kind: oneOf(KINDS),
    value: finite('numbers >= 0', (value) => value >= 0),
    depth: v.optional(whole(0)),
    run: v.optional(such<string>('a text', (run) => typeof run === 'string')),
    change: v.optional(oneOf(['random', 'aligned'])),
  }) as v.GenericSchema<TraceRecord>;

const NEXT =
  'Lines are as the guide says: {"path": "h.0", "step": 0, "kind": "output-change", "value": 1e-6}.';

/**
 * Reads a trace: JSON lines, one measurement each; empty lines are passed over. What writes it is another program, such as
 * the PyTorch hook in the command line's `python` folder.
 *
 * @param file names the trace in errors
 * @throws SteadyformerError that names the file and the line of the first that is no measurement
 */
export const readTrace = (text: string, file = 'trace'): readonly TraceRecord[] => {
  checkText('readTrace() text', text);
  const lines = schema();
  const records = text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const where = `${file}, line ${i + 1}`;
    return [parseAs(lines, jsonOf(line, where), where, NEXT)];
  });
  if (records.length > 0) return records;
  throw new SteadyformerError(`${file}: it holds no measurement. ${NEXT}`);
};

const jsonOf = (line: string, where: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    const overflow = /:\s*-?(NaN|Infinity)/.test(line);
    throw new SteadyformerError(
      overflow
        ? `${where}: a value is not finite: the network overflowed, or its weights are not finite; measure a smaller change or an earlier step`
        : `${where}: it is not JSON. ${NEXT}`,
    );
  }
};
