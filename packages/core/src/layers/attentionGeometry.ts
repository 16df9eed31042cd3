import { check, checkInteger, checkRate } from '../checks/errors';
import type { StepAttrs } from '../ops/attentionStep';

/** What sizes an attention has. */
export interface AttentionSizes {
  readonly width: number;
  readonly heads: number;
  readonly keyValueHeads?: number | undefined;
  readonly headWidth?: number | undefined;
  readonly dropout?: number | undefined;
}

/** An attention's sizes, checked. */
export interface Geometry {
  readonly heads: number;
  readonly groups: number;
  /** Dh */
  readonly headWidth: number;
  /** Columns of the queries, H Dh. */
  readonly queryWidth: number;
  /** Columns of the keys (and of the values), G Dh. */
  readonly groupWidth: number;
  readonly dropout: number;
}

/** @throws SteadyformerError on sizes that do not fit each other. */
export const geometryOf = (options: AttentionSizes, where: string): Geometry => {
  const { width, heads, keyValueHeads = heads, headWidth = width / heads, dropout = 0 } = options ?? {};
  checkInteger(`${where} width`, width);
  checkInteger(`${where} heads`, heads);
  checkInteger(`${where} keyValueHeads`, keyValueHeads);
  checkRate(`${where} dropout`, dropout);
  const divides = options.headWidth !== undefined || width % heads === 0;
  check(divides, `${where} heads`, heads, `divisors of the width ${width}`);
  checkInteger(`${where} headWidth`, headWidth);
  const divisors = `divisors of the ${heads} heads`;
  check(heads % keyValueHeads === 0, `${where} keyValueHeads`, keyValueHeads, divisors);
  const [queryWidth, groupWidth] = [headWidth * heads, headWidth * keyValueHeads];
  return { heads, groups: keyValueHeads, headWidth, queryWidth, groupWidth, dropout };
};

/** Attributes of a step of decoding. */
export const stepOf = ({ heads, groups, headWidth }: Geometry, scale: number): StepAttrs => ({
  heads,
  keyValueHeads: groups,
  depth: headWidth,
  scale,
});
