/** Residual branches of an encoder at which changes are shown. */
export const BRANCHES = [12, 24, 100] as const;
