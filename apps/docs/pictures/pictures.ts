import { toSvg } from 'steadyformer';
import { dependency } from './dependency';
import { gradients } from './gradients';
import { learning } from './learning';
import { omega } from './omega';
import { outputChange } from './outputChange';
import { PALETTES, type Palette } from './palette';
import { speeds } from './speeds';
import { wiring } from './wiring';

type Draw = (palette: Palette) => Promise<string>;

/** Every picture of the READMEs and the home page, by the name of its file. */
const PICTURES: Readonly<Record<string, Draw>> = {
  'output-change': (palette) => toSvg(outputChange(palette)),
  'residual-record': async (palette) => wiring(palette),
  omega: (palette) => toSvg(omega(palette)),
  'layer-dependency': (palette) => toSvg(dependency(palette)),
  'learning-curve': (palette) => toSvg(learning(palette)),
  'gradient-norms': (palette) => toSvg(gradients(palette)),
  'backend-speeds': (palette) => toSvg(speeds(palette)),
};

export interface Picture {
  /** `omega.svg`, and `omega-dark.svg` for a dark page. */
  readonly file: string;
  readonly draw: () => Promise<string>;
}

export const pictures: readonly Picture[] = Object.entries(PICTURES).flatMap(([name, draw]) => [
  { file: `${name}.svg`, draw: () => draw(PALETTES.light) },
  { file: `${name}-dark.svg`, draw: () => draw(PALETTES.dark) },
]);

/** Where they lie: part of the site as they are. */
export const FOLDER: URL = new URL('../public/pictures/', import.meta.url);
