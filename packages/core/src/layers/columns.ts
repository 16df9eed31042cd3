import type { Geometry } from './attentionGeometry';

/** Columns of one matrix among those that stand side by side in a projection, and the role it has for initial gains. */
export interface ProjectionPart {
  readonly role: string;
  readonly columns: number;
}

/**
 * The matrices of an attention's projection from the left, by its path; keys are as wide as values. Empty of any other
 * weight. `holder` is the attention: without one, queries are as wide as the stream.
 */
export const projectionParts = (
  path: string,
  [rows, columns]: readonly number[],
  holder?: object,
): readonly ProjectionPart[] => {
  const keys = /[kK]eyValue\.weight$/.test(path);
  const { geometry } = Object(holder) as { readonly geometry?: Partial<Geometry> };
  const all = geometry?.queryWidth ?? rows!;
  const queries = /query(KeyValue)?\.weight$/.test(path) ? all : 0;
  const rest = (columns! - queries) / 2;
  return [
    ...(queries ? [{ role: 'query', columns: queries }] : []),
    ...(keys ? ['key', 'value'].map((role) => ({ role, columns: rest })) : []),
  ];
};
