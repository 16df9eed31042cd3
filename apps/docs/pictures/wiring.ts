import type { Palette } from './palette';

const FONT = "Inter, 'Helvetica Neue', Helvetica, Arial, sans-serif";

interface Box {
  readonly x: number;
  /** Of its middle. */
  readonly y: number;
  readonly text: string;
  readonly optional: boolean;
}

const [TOP, BOTTOM] = [52, 132];
const HEIGHT = 38;
const WIDTH = 76;

const BOXES: readonly Box[] = [
  { x: 110, y: BOTTOM, text: 'before', optional: true },
  { x: 206, y: BOTTOM, text: 'branch', optional: false },
  { x: 302, y: BOTTOM, text: 'inside', optional: true },
];

const box = ({ x, y, text, optional }: Box, { text: ink, quiet, ground }: Palette): string =>
  `<rect x="${x}" y="${y - HEIGHT / 2}" width="${WIDTH}" height="${HEIGHT}" rx="4" fill="${ground}" stroke="${optional ? quiet : ink}"${optional ? ' stroke-dasharray="4 3"' : ''} stroke-width="1.5"/>` +
  `<text x="${x + WIDTH / 2}" y="${y + 5}" fill="${optional ? quiet : ink}">${text}</text>`;

const scale = (x: number, y: number, name: string, colour: string, ground: string): string =>
  `<circle cx="${x}" cy="${y}" r="20" fill="${ground}" stroke="${colour}" stroke-width="1.5"/>` +
  `<text x="${x}" y="${y + 5}" fill="${colour}" font-style="italic">${name}</text>`;

/** The record `Residual`: where a norm may stand (dashed) and which scales the shortcut and the branch may have. */
export const wiring = (palette: Palette): string => {
  const { ground, text, quiet, admin } = palette;
  const join = 486;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="660" height="196" viewBox="0 0 660 196" font-family="${FONT}" font-size="15" text-anchor="middle">`,
    `<rect width="660" height="196" fill="${ground}"/>`,
    `<g fill="none" stroke="${text}" stroke-width="1.5">`,
    `<path d="M30 ${TOP}H620M66 ${TOP}V${BOTTOM - 12}Q66 ${BOTTOM} 78 ${BOTTOM}H${join - 12}Q${join} ${BOTTOM} ${join} ${BOTTOM - 12}V${TOP + 12}"/>`,
    `<path d="M613 ${TOP - 5}l8 5l-8 5"/>`,
    '</g>',
    `<circle cx="66" cy="${TOP}" r="3.5" fill="${text}"/>`,
    ...BOXES.map((one) => box(one, palette)),
    scale(426, BOTTOM, 'α', text, ground),
    scale(276, TOP, 'ω', admin, ground),
    `<circle cx="${join}" cy="${TOP}" r="12" fill="${ground}" stroke="${text}" stroke-width="1.5"/>`,
    `<path d="M${join - 6} ${TOP}h12M${join} ${TOP - 6}v12" stroke="${text}" stroke-width="1.5"/>`,
    box({ x: 520, y: TOP, text: 'after', optional: true }, palette),
    `<text x="18" y="${TOP + 5}" fill="${text}" font-style="italic">x</text>`,
    `<text x="638" y="${TOP + 5}" fill="${text}" font-style="italic">x′</text>`,
    `<text x="276" y="22" fill="${quiet}" font-size="13">shortcut</text>`,
    `<text x="330" y="184" fill="${quiet}" font-size="13">dashed: a norm, where the method has one</text>`,
    '</svg>',
    '',
  ].join('\n');
};
