import { CrossAttention } from '../layers/crossAttention';
import { FeedForward } from '../layers/feedForward';
import { LayerNorm } from '../layers/layerNorm';
import { Linear } from '../layers/linear';
import { RmsNorm } from '../layers/rmsNorm';
import { ScaleNorm } from '../layers/scaleNorm';
import { SelfAttention } from '../layers/selfAttention';
import { TokenEmbedding } from '../layers/tokenEmbedding';
import type { Branch } from '../residual/branch';
import { digits, factorOf, normName, spreadOf } from '../residual/formula';
import type { Module } from '../state/module';

/** A formula, and what it only names. */
interface Text {
  readonly formula: string;
  readonly notes: readonly string[];
}

const NORMS = [
  [LayerNorm, 'layer'],
  [RmsNorm, 'rms'],
  [ScaleNorm, 'scale'],
] as const;

/** A built-in norm by its class, which one of the user's own may extend. */
const normText = (norm: Module): string | undefined => {
  const kind = NORMS.find(([Norm]) => norm.constructor === Norm)?.[1];
  return kind && normName(kind);
};

/** A norm within a branch, by the name that the method's options give it, else its class's. */
const innerName = (norm: Module, planned: unknown): string => {
  const { name = norm.constructor.name } = Object(planned) as { readonly name?: string };
  return normText(norm) ?? name;
};

/** What a model does with a table of tokens. */
export interface TableUse {
  readonly input: boolean;
  readonly output: boolean;
}

const LOGITS = 'logits = x E^T';

/** What a module outside the stacks is; `use` is for a table. */
export const moduleText = (module: Module | undefined, use: TableUse): Text => {
  if (module instanceof TokenEmbedding) {
    const embedded = embeddingText(module);
    if (!use.output) return { formula: embedded, notes: [] };
    return use.input ? { formula: embedded, notes: [LOGITS] } : { formula: LOGITS, notes: [] };
  }
  if (module instanceof Linear) {
    const [inputs, outputs] = module.weight.shape;
    return { formula: `Linear ${inputs} -> ${outputs}`, notes: [] };
  }
  const norm = module && normText(module);
  return { formula: norm ? `x' = ${norm}(x)` : (module?.constructor.name ?? 'parameters'), notes: [] };
};

const embeddingText = ({ options }: TokenEmbedding): string => {
  const { width, positions = { kind: 'sinusoidal' } } = options;
  const table = `x = ${digits(Math.sqrt(width))} E[id]`;
  if (positions.kind === 'none') return table;
  return `${table} + ${positions.kind === 'learned' ? 'P[t]' : 'sinusoid(t)'}`;
};

/** The method's words for the norms of a branch, by their options. */
type Planned = Readonly<Record<string, unknown>>;

/**
 * The inside of a branch where a method changed it: `f(x) = W_2 LN(relu(W_1 x))`. `planned` are the options that the method
 * gives it.
 */
export const branchNote = async (branch: Branch, planned: Planned): Promise<readonly string[]> => {
  if (branch instanceof FeedForward) {
    const { innerNorm, activation } = branch;
    return innerNorm ? [`f(x) = W_2 ${innerName(innerNorm, planned.innerNorm)}(${activation}(W_1 x))`] : [];
  }
  if (!(branch instanceof SelfAttention) && !(branch instanceof CrossAttention)) return [];
  const { headScale, innerNorm } = branch;
  const scores = [...scoreNotes(branch, planned), ...(await trainedNotes(branch))];
  if (!headScale && !innerNorm) return scores;
  const scale = headScale && factorOf('s', spreadOf(await headScale.variable.data()));
  const heads = `${scale?.factor ?? ''}heads(x)`;
  const norm = innerNorm ? innerName(innerNorm, planned.innerNorm) : '';
  return [`f(x) = W_O ${norm}(${heads})`, ...scores, ...(scale?.note ? [scale.note] : [])];
};

/** Scales of queries and keys, and values mixed with those of an earlier attention: `values 0.5 v + 0.5 v_1`. */
const trainedNotes = async (branch: SelfAttention | CrossAttention): Promise<readonly string[]> => {
  const { queryKeyScale } = branch;
  const { factor, note = `s_qk ${factor.trim()}` } = queryKeyScale
    ? factorOf('s_qk', spreadOf(await queryKeyScale.scale.variable.data()))
    : { factor: '' };
  const [own, first] = (branch instanceof SelfAttention && (await branch.valueMix?.numbers())) || [];
  return [
    ...(queryKeyScale ? [note] : []),
    ...(own === undefined ? [] : [`values ${digits(own)} v + ${digits(first!)} v_1`]),
  ];
};

/** What a head does with its queries, keys and values: `scores 50 tanh(0.125 RMSNorm(q) . RMSNorm(k) / 50)`. */
const scoreNotes = (
  { queryNorm, keyNorm, valueNorm, scale, logitCap, queryKeyScale }: SelfAttention | CrossAttention,
  planned: Planned,
): readonly string[] => {
  const named = (norm: Module | undefined, of: string, option: string): string =>
    norm ? `${innerName(norm, planned[option])}(${of})` : of;
  const s = queryKeyScale ? 's_qk ' : '';
  const [q, k] = [s + named(queryNorm, 'q', 'queryKeyNorm'), s + named(keyNorm, 'k', 'queryKeyNorm')];
  const scores = `${digits(scale)} ${q} . ${k}`;
  const capped = logitCap && `${digits(logitCap)} tanh(${scores} / ${digits(logitCap)})`;
  const changed = queryNorm || queryKeyScale || logitCap !== undefined || Object.hasOwn(planned, 'scale');
  return [
    ...(changed ? [`scores ${capped ?? scores}`] : []),
    ...(valueNorm ? [`values ${named(valueNorm, 'v', 'valueNorm')}`] : []),
  ];
};
