// Places are the same in every picture, so that two of them can be laid side by side: what a method leaves out is wire.
export const WIDTH = 472;
export const HEIGHT = 134;
export const [HIGH, TOP, LOW] = [12, 44, 104] as const;
export const X = {
  start: 24,
  fork: 42,
  before: 88,
  rho: 137,
  branch: 190,
  inside: 266,
  alpha: 320,
  sum: 352,
  after: 407,
} as const;

export const text = (x: number, y: number, words: string, extra = ''): string =>
  `<text x="${x}" y="${y}" text-anchor="middle" dominant-baseline="central" fill="currentColor" ${extra}>${words}</text>`;

export const wire = (d: string, extra = ''): string =>
  `<path class="wire" d="${d}" fill="none" stroke="currentColor" ${extra}/>`;

/** A letter in a circle; `kind` is its class. */
export const circle = (kind: string, x: number, y: number, symbol: string, radius = 13, extra = ''): string =>
  [
    `<g class="${kind}">`,
    `<circle cx="${x}" cy="${y}" r="${radius}" stroke="currentColor" fill="none"${extra}/>`,
    text(x, y, symbol, 'class="symbol"'),
    '</g>',
  ].join('');

/** A plus in a circle. */
export const sum = (x: number, y: number): string =>
  [
    `<g class="sum"><circle cx="${x}" cy="${y}" r="10" stroke="currentColor" fill="none"/>`,
    `<path d="M${x - 6} ${y}h12M${x} ${y - 6}v12" stroke="currentColor"/></g>`,
  ].join('');

/** The end of a line that leaves to the right. */
export const arrow = (y: number): string =>
  `<path class="arrow" d="M${WIDTH - 18} ${y}l-7 -4v8z" fill="currentColor"/>`;
