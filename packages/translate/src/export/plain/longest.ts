/** Tokens of a sentence at most: positions are stored, a vector of the model's width each. */
export const LONGEST: number = 2 ** 20;
