import { drawStreams } from './streamSvg';
import { arrow, circle, HEIGHT, LOW, sum, TOP, text, WIDTH, wire, X } from './svg';
import { isOfStreams, type Part, wiringText } from './wiring';

const BOX_HEIGHT = 30;

const box = (kind: string, x: number, y: number, label: string, shown = label): string => {
  const width = Math.max(46, 7.2 * label.length + 16);
  return [
    `<g class="${kind}">`,
    `<rect x="${x - width / 2}" y="${y - BOX_HEIGHT / 2}" width="${width}" height="${BOX_HEIGHT}" rx="5" stroke="currentColor" fill="none"/>`,
    text(x, y, shown),
    '</g>',
  ].join('');
};

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
    case 'norm': {
      const [x, y] = AT[part.at];
      return box('norm', x, y, part.label);
    }
    case 'branch':
      return branchBox(part);
    case 'scale': {
      const { from, on, symbol, shared } = part;
      const [x, y] = SCALE_AT[on];
      return circle(`scale ${from}`, x, y, symbol, 13, shared ? ' stroke-dasharray="3 2"' : '');
    }
    default:
      return drawStreams(part);
  }
};

/** Room above the shortcut for a second stream. */
const top = (parts: readonly Part[]): number => (parts.some(({ kind }) => kind === 'second') ? 0 : 26);

/** The name of the stream, or of all. */
const nameOf = (parts: readonly Part[]): string => {
  const streams = parts.find(isOfStreams);
  if (!streams) return 'x';
  return streams.kind === 'second' ? 'x₁' : 'X';
};

/**
 * A sub-layer's join as an SVG, from left to right: x forks into the shortcut above and the branch below, both join, x'
 * leaves. Lines and letters have the colour of the text around; classes `norm`, `branch`, `scale` and `stream` take fills.
 *
 * @param title what the picture is of, in front of its description for those who do not see it
 */
export const wiringSvg = (parts: readonly Part[], title: string): string => {
  const name = nameOf(parts);
  const joins = !parts.some((part) => part.kind === 'second' && !part.firstWritten && !part.joins);
  return [
    `<svg class="wiring" viewBox="0 ${top(parts)} ${WIDTH} ${HEIGHT - top(parts)}" role="img" aria-label="${title}: ${wiringText(parts)}" font-size="13">`,
    wire(`M${X.start} ${TOP}H${WIDTH - 18}`),
    wire(
      `M${X.fork} ${TOP}V${LOW - 10}Q${X.fork} ${LOW} ${X.fork + 10} ${LOW}H${X.sum - 10}${joins ? `Q${X.sum} ${LOW} ${X.sum} ${LOW - 10}V${TOP + 10}` : ''}`,
    ),
    arrow(TOP),
    joins ? `<path class="arrow" d="M${X.sum} ${TOP + 10}l-4 7h8z" fill="currentColor"/>` : '',
    ...parts.map(drawPart),
    joins ? sum(X.sum, TOP) : '',
    text(12, TOP, name, 'class="symbol"'),
    text(WIDTH - 8, TOP, `${name}'`, 'class="symbol"'),
    '</svg>',
  ].join('');
};
