/** The 97.5 % point of the normal distribution. */
const Z = 1.959963985;

/**
 * Half width, in standard errors, of a 95 % confidence interval with `freedom` degrees of freedom: the 97.5 %
 * point of Student's t. Exact for 1 and 2, within 0.2 % above (Abramowitz and Stegun 1964, 26.7.5).
 */
export const confidenceFactor = (freedom: number): number => {
  if (freedom <= 0) return Number.POSITIVE_INFINITY;
  if (freedom === 1) return Math.tan(0.475 * Math.PI);
  if (freedom === 2) return 0.95 * Math.sqrt(2 / (1 - 0.95 ** 2));
  const corrections = [
    (Z ** 3 + Z) / 4,
    (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / 96,
    (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / 384,
    (79 * Z ** 9 + 776 * Z ** 7 + 1482 * Z ** 5 - 1920 * Z ** 3 - 945 * Z) / 92160,
  ];
  return corrections.reduce((sum, term, i) => sum + term / freedom ** (i + 1), Z);
};
