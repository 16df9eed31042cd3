/** The weighted least squares line through points. */
export const line = (
  points: readonly { readonly x: number; readonly y: number; readonly weight: number }[],
): { readonly slope: number; readonly at: (x: number) => number } => {
  const total = points.reduce((sum, { weight }) => sum + weight, 0);
  const mx = points.reduce((sum, { x, weight }) => sum + weight * x, 0) / total;
  const my = points.reduce((sum, { y, weight }) => sum + weight * y, 0) / total;
  let [xx, xy] = [0, 0];
  for (const { x, y, weight } of points) {
    xx += weight * (x - mx) ** 2;
    xy += weight * (x - mx) * (y - my);
  }
  const slope = xx > 0 ? xy / xx : 0;
  return { slope, at: (x) => my + slope * (x - mx) };
};
