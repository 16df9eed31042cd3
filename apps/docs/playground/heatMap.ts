/** Colour and position of the cells of a heat map of layer dependency. */

/** A colour's red, green and blue, 0 to 255, as `getComputedStyle` writes it. */
export const channelsOf = (colour: string): [number, number, number] => {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue];
};

/** How strongly a dependency is painted: small ones show too, as there are many in a deep stack. */
export const opacityOf = (beta: number): number => Math.min(1, Math.abs(beta)) ** 0.6;

/**
 * Pixels of the map, four bytes each, one a cell: row i - 1 of N for x_i, column j of N + 1; empty where j > i.
 *
 * @param rows beta_{i,j} for j = 0 .. i
 */
export const pixelsOf = (
  rows: readonly (readonly number[])[],
  [red, green, blue]: readonly [number, number, number],
): Uint8ClampedArray<ArrayBuffer> => {
  const columns = rows.length + 1;
  const pixels = new Uint8ClampedArray(4 * rows.length * columns);
  for (const [i, row] of rows.entries()) {
    for (const [j, beta] of row.entries()) {
      pixels.set([red, green, blue, 255 * opacityOf(beta)], 4 * (i * columns + j));
    }
  }
  return pixels;
};

export interface Cell {
  /** Output, 1 to N. */
  readonly i: number;
  /** Branch, 0 (the input) to i. */
  readonly j: number;
}

/** The cell nearest to a place of the map, x and y from 0 to 1. */
export const cellAt = (x: number, y: number, branches: number): Cell => {
  const within = (value: number, least: number, most: number): number =>
    Math.min(most, Math.max(least, value));
  const i = within(Math.floor(y * branches) + 1, 1, branches);
  return { i, j: within(Math.floor(x * (branches + 1)), 0, i) };
};

const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** The cell that an arrow key leads to; none for other keys. */
export const moved = ({ i, j }: Cell, key: string, branches: number): Cell | undefined => {
  if (!Object.hasOwn(MOVES, key)) return undefined;
  const [down, right] = MOVES[key]!;
  const row = Math.min(branches, Math.max(1, i + down));
  return { i: row, j: Math.min(row, Math.max(0, j + right)) };
};

/** 'encoder.layers.3.selfAttention' as 'self-attention of block 4'. */
const nameOf = (path: string): string => {
  const [block = 0, kind = path] = path.split('.').slice(-2);
  const words = kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return `${words} of block ${Number(block) + 1}`;
};

/** What a cell says. */
export const cellText = (
  { i, j }: Cell,
  rows: readonly (readonly number[])[],
  paths: readonly string[],
): string => {
  const beta = rows[i - 1]?.[j] ?? 0;
  const branch = j === 0 ? 'the input' : `branch ${j}, ${nameOf(paths[j - 1] ?? '')}`;
  return `i = ${i}, j = ${j}: β = ${beta.toFixed(3)}. How much the output after branch ${i} depends on ${branch}.`;
};

/** The map in a sentence, for those who do not see it. */
export const mapText = (name: string, rows: readonly (readonly number[])[]): string => {
  const last = rows.at(-1) ?? [];
  const own = (last.at(-1) ?? 0).toFixed(2);
  const input = (last[0] ?? 0).toFixed(2);
  const half = Math.floor(rows.length / 2);
  const middle = (rows[half - 1]?.[half] ?? 0).toFixed(2);
  return (
    `Layer dependency of ${name}: a lower triangle of ${rows.length} rows. The output depends on its last branch by ` +
    `${own}, on the input by ${input}; half-way up, on its last branch by ${middle}.`
  );
};
