/** From here the function is 1 to the last bit. */
const FAR = 6;

/** erf of one number, 2 / sqrt(pi) e^(-x^2) sum of 2^n x^(2n+1) / (1 3 5 .. (2n+1)): no term has another sign. */
export const erf = (x: number): number => {
  if (Math.abs(x) > FAR) return Math.sign(x);
  let [term, sum] = [x, 0];
  for (let n = 1; sum + term !== sum; n++) {
    sum += term;
    term *= (2 * x * x) / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
};
