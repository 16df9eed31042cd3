import { readFileSync } from 'node:fs';

const STYLE = new URL('../.vitepress/theme/style.css', import.meta.url);

/** The colours of a picture; those of methods are the site's own. */
export interface Palette {
  readonly ground: string;
  readonly text: string;
  readonly quiet: string;
  readonly grid: string;
  readonly postLN: string;
  readonly preLN: string;
  readonly admin: string;
}

/** The colour that a variable has in a block of the site's style sheet. */
const colour = (style: string, selector: string, name: string): string => {
  const block = style.split(`${selector} {`)[1]?.split('}')[0] ?? '';
  const value = new RegExp(`${name}: (#[0-9a-f]{6});`).exec(block)?.[1];
  if (value === undefined) throw new Error(`style.css: no ${name} in ${selector}`);
  return value;
};

const paletteOf = (selector: string, grounds: Omit<Palette, 'postLN' | 'preLN' | 'admin'>): Palette => {
  const style = readFileSync(STYLE, 'utf8');
  return {
    ...grounds,
    postLN: colour(style, selector, '--steady-post-ln'),
    preLN: colour(style, selector, '--steady-pre-ln'),
    admin: colour(style, selector, '--steady-admin'),
  };
};

/** VitePress's own grounds and texts, as a picture on them shows no edge. */
export const PALETTES: Readonly<Record<'light' | 'dark', Palette>> = {
  light: paletteOf(':root', { ground: '#ffffff', text: '#3c3c43', quiet: '#55575e', grid: '#e4e5e9' }),
  dark: paletteOf('.dark', { ground: '#1b1b1f', text: '#dfdfd6', quiet: '#a9abb3', grid: '#34353c' }),
};

/** How a method is told from the others, by colour and shape, in every picture. */
export const METHODS = [
  { method: 'postLN', label: 'Post-LN', shape: 'circle' },
  { method: 'preLN', label: 'Pre-LN', shape: 'square' },
  { method: 'admin', label: 'Admin', shape: 'triangle-up' },
] as const;

export type Method = (typeof METHODS)[number]['method'];

/** Colour of a method by its label, as a Vega-Lite encoding without a legend: lines are labelled where they end. */
export const methodColour = (palette: Palette): Readonly<Record<string, unknown>> => ({
  field: 'label',
  type: 'nominal',
  legend: null,
  scale: { domain: METHODS.map(({ label }) => label), range: METHODS.map(({ method }) => palette[method]) },
});

export const methodShape: Readonly<Record<string, unknown>> = {
  field: 'label',
  type: 'nominal',
  legend: null,
  scale: { domain: METHODS.map(({ label }) => label), range: METHODS.map(({ shape }) => shape) },
};
