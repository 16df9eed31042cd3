import { angular, type Cdf, gaussianCdf, lengths, POINTS, plus, STEP, tabulated } from './distributions';
import { remembered } from './remembered';

/** Scores q_t . k_u of the heads of an attention, in units of their deviation. */
export interface ScoreField {
  readonly heads: number;
  readonly sentences: number;
  /** Correlation of two scores of a head in two sentences. */
  readonly shared: number;
  /** Queries of a sentence, and keys that one of them sees on average. */
  readonly queries: number;
  readonly keys: number;
  /** Correlations of two tokens' queries, and of two tokens' keys. */
  readonly queryCorrelation: number;
  readonly keyCorrelation: number;
  /** Dh. */
  readonly headWidth: number;
  /** Whether queries and keys have one length each. */
  readonly normed: boolean;
}

/**
 * E[f(max)] over all scores, f rising, by quadrature. With c_q and c_k the correlations a score is a sum of independent parts
 *
 *     c_q c_k  of the head, in all sentences or in this one,   (1 - c_q) c_k  of the query,   1 - c_k  of query and key,
 *
 * Gaussian with the length of their query, sqrt(chi^2 / Dh), as a factor: heavier tails than a Gaussian's, the more so the
 * smaller Dh. Behind a norm of queries and keys a score is sqrt(Dh) times a cosine, with tails that end. What queries of one
 * key have in common counts as their own, which by Slepian's inequality can only raise the maximum.
 */
export const largestScore = (field: ScoreField, f: (score: number) => number): number => {
  const values = field.normed ? angular(field.headWidth) : POINTS;
  const from = Math.sqrt(1 - share(field.keyCorrelation)) * CELLS;
  const cell = Math.min(CELLS - 1, Math.floor(from));
  const at = (i: number): number =>
    massesAt(field, i).reduce((sum, mass, k) => sum + (mass > 0 ? mass * f(values[k]!) : 0), 0);
  const low = at(cell);
  return from === cell ? low : low + (from - cell) * (at(cell + 1) - low);
};

/** Of the table over sqrt(1 - c_k), between whose entries the result is interpolated. */
const CELLS = 24;

/** What correlations count for that are below 0 by chance. */
export const share = (correlation: number): number => Math.min(1, Math.max(0, correlation));

/** Probabilities that the largest score lies at each of `POINTS`. */
const massesAt = (field: ScoreField, cell: number): readonly number[] => {
  const { heads, sentences, queries, keys, headWidth, normed } = field;
  const key = 1 - (cell / CELLS) ** 2;
  // Two tokens' queries mostly have in common what their keys have.
  const apart = share(field.queryCorrelation) - share(field.keyCorrelation);
  const query = Math.round(share(key + apart) * 64) / 64;
  const within = share(field.queryCorrelation) * share(field.keyCorrelation);
  const all = Math.round(within > 0 ? share(field.shared / within) * 32 : 0) / 32;
  return masses({
    heads,
    sentences,
    queries,
    keys,
    queryCorrelation: query,
    keyCorrelation: key,
    shared: all * query * key,
    headWidth: normed ? 0 : headWidth,
    normed,
  });
};

const masses: (field: ScoreField) => readonly number[] = /* @__PURE__ */ remembered(
  JSON.stringify,
  (field) => {
    const { queries, queryCorrelation: query, keyCorrelation: key, headWidth, normed, shared } = field;
    const nodes = normed ? [[1, 1] as const] : lengths(headWidth);
    const stretched = (cdf: Cdf): Cdf =>
      normed ? cdf : (x) => nodes.reduce((sum, [length, weight]) => sum + weight * cdf(x / length), 0);
    const own = Math.sqrt(1 - key);
    const row: Cdf = own > 0 ? (x) => gaussianCdf(x / own) ** field.keys : (x) => (x < 0 ? 0 : 1);
    const ofQuery = stretched(plus(row, gaussianCdf, Math.sqrt((1 - query) * key)));
    const part = stretched(gaussianCdf);
    const ofSentence = plus(
      tabulated((x) => ofQuery(x) ** queries),
      part,
      Math.sqrt(query * key - shared),
    );
    const ofHead = plus(
      tabulated((x) => ofSentence(x) ** field.sentences),
      part,
      Math.sqrt(shared),
    );
    const largest = tabulated((x) => ofHead(x) ** field.heads);
    return POINTS.map((x) => largest(x + STEP / 2) - largest(x - STEP / 2));
  },
);
