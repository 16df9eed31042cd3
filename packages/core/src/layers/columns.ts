/** Columns of one matrix among those that stand side by side in a projection, and the role it has for initial gains. */
export interface ProjectionPart {
  readonly role: string;
  readonly columns: number;
}

/**
 * The matrices of an attention's projection from the left, by its path: queries are as wide as the stream, keys as values.
 * Empty of any other weight.
 */
export const projectionParts = (
  path: string,
  [rows, columns]: readonly number[],
): readonly ProjectionPart[] => {
  const keys = /[kK]eyValue\.weight$/.test(path);
  const queries = /query(KeyValue)?\.weight$/.test(path) ? rows! : 0;
  const rest = (columns! - queries) / 2;
  return [
    ...(queries ? [{ role: 'query', columns: queries }] : []),
    ...(keys ? ['key', 'value'].map((role) => ({ role, columns: rest })) : []),
  ];
};
