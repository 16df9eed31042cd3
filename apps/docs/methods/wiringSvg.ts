import { type Part, wiringText } from './wiring';

// Places are the same in every picture, so that two of them can be laid side by side: what a method leaves out is wire.
const WIDTH = 472;
const HEIGHT = 134;
const [TOP, LOW] = [44, 104];
const BOX_HEIGHT = 30;
const X = {
  start: 24,
  fork: 42,
  before: 88,
  rho: 137,
  branch: 190,
  inside: 266,
  alpha: 320,
  sum: 352,
  after: 407,
};

const text = (x: number, y: number, words: string, extra = ''): string =>
  `<text x="${x}" y="${y}" text-anchor="middle" dominant-baseline="central" fill="currentColor" ${extra}>${words}</text>`;

const wire = (d: string, extra = ''): string =>
  `<path class="wire" d="${d}" fill="none" stroke="currentColor" ${extra}/>`;

const box = (kind: string, x: number, y: number, label: string, shown = label): string => {
  const width = Math.max(46, 7.2 * label.length + 16);
  return [
    `<g class="${kind}">`,
    `<rect x="${x - width / 2}" y="${y - BOX_HEIGHT / 2}" width="${width}" height="${BOX_HEIGHT}" rx="5" stroke="currentColor" fill="none"/>`,
    text(x, y, shown),
    '</g>',
  ].join('');
};

const circle = ({ symbol, from, shared }: Extract<Part, { kind: 'scale' }>, x: number, y: number): string =>
  [
    `<g class="scale ${from}">`,
    `<circle cx="${x}" cy="${y}" r="13" stroke="currentColor" fill="none"${shared ? ' stroke-dasharray="3 2"' : ''}/>`,
    text(x, y, symbol, 'class="symbol"'),
    '</g>',
  ].join('');

const branchBox = ({ innerNorm, headScale }: Extract<Part, { kind: 'branch' }>): string => {
  const inside = innerNorm ?? (headScale ? 'heads' : undefined);
  if (inside === undefined) return box('branch', X.branch, LOW, 'f', '<tspan class="symbol">f</tspan>');
  return [
    '<g class="branch">',
    `<rect x="${X.branch - 37}" y="${LOW - 26}" width="74" height="52" rx="5" stroke="currentColor" fill="none"/>`,
    text(X.branch, LOW - 14, '<tspan class="symbol">f</tspan>'),
    '</g>',
    innerNorm
      ? `<g class="norm inner"><rect x="${X.branch - 29}" y="${LOW - 2}" width="58" height="22" rx="4" stroke="currentColor" fill="none"/>${text(X.branch, LOW + 9, innerNorm)}</g>`
      : `<g class="scale trained inner"><rect x="${X.branch - 29}" y="${LOW - 2}" width="58" height="22" rx="11" stroke="currentColor" fill="none"/>${text(X.branch, LOW + 9, inside)}</g>`,
  ].join('');
};

/** Where a scale stands, by what it is on. */
const SCALE_AT = { shortcut: [X.branch, TOP], read: [X.rho, LOW], branch: [X.alpha, LOW] } as const;

const AT = { before: [X.before, LOW], inside: [X.inside, LOW], after: [X.after, TOP] } as const;

const drawPart = (part: Part): string => {
  switch (part.kind) {
    case 'norm':
      return box('norm', ...AT[part.at], part.label);
    case 'branch':
      return branchBox(part);
    case 'scale':
      return circle(part, ...SCALE_AT[part.on]);
    case 'stream':
      return `<g class="stream">${wire(`M${X.start - 10} 12H${X.sum - 12}Q${X.sum} 12 ${X.sum} 24V${TOP - 10}`, 'stroke-dasharray="5 3"')}${text(X.fork + 46, 24, 'input of the block', 'font-size="11"')}</g>`;
  }
};

/** Room above the shortcut for what else joins the sum. */
const top = (parts: readonly Part[]): number => (parts.some(({ kind }) => kind === 'stream') ? 2 : 26);

/**
 * A sub-layer's join as an SVG, from left to right: x forks into the shortcut above and the branch below, both join, x'
 * leaves. Lines and letters have the colour of the text around; classes `norm`, `branch`, `scale` and `stream` take fills.
 *
 * @param title what the picture is of, in front of its description for those who do not see it
 */
export const wiringSvg = (parts: readonly Part[], title: string): string =>
  [
    `<svg class="wiring" viewBox="0 ${top(parts)} ${WIDTH} ${HEIGHT - top(parts)}" role="img" aria-label="${title}: ${wiringText(parts)}" font-size="13">`,
    wire(`M${X.start} ${TOP}H${WIDTH - 18}`),
    wire(
      `M${X.fork} ${TOP}V${LOW - 10}Q${X.fork} ${LOW} ${X.fork + 10} ${LOW}H${X.sum - 10}Q${X.sum} ${LOW} ${X.sum} ${LOW - 10}V${TOP + 10}`,
    ),
    `<path class="arrow" d="M${WIDTH - 18} ${TOP}l-7 -4v8z" fill="currentColor"/>`,
    `<path class="arrow" d="M${X.sum} ${TOP + 10}l-4 7h8z" fill="currentColor"/>`,
    ...parts.map(drawPart),
    `<g class="sum"><circle cx="${X.sum}" cy="${TOP}" r="10" stroke="currentColor" fill="none"/>`,
    `<path d="M${X.sum - 6} ${TOP}h12M${X.sum} ${TOP - 6}v12" stroke="currentColor"/></g>`,
    text(12, TOP, 'x', 'class="symbol"'),
    text(WIDTH - 8, TOP, "x'", 'class="symbol"'),
    '</svg>',
  ].join('');
