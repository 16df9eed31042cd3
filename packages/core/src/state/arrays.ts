import type { NamedArray } from './safetensors';

/** A matrix [rows, columns] as [columns, rows]. */
export const transposed = ({ shape, data }: NamedArray): NamedArray => {
  const [rows, columns] = shape as readonly [number, number];
  const turned = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = data[row * columns + column]!;
    }
  }
  return { shape: [columns, rows], data: turned };
};

/** Matrices of equal rows side by side, or vectors one after another. */
export const sideBySide = (parts: readonly NamedArray[]): NamedArray => {
  const [{ shape }] = parts as readonly [NamedArray, ...NamedArray[]];
  const rows = shape.length === 1 ? 1 : shape[0]!;
  const widths = parts.map((part) => part.shape.at(-1)!);
  const width = widths.reduce((sum, each) => sum + each, 0);
  const data = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    let at = row * width;
    for (const [i, part] of parts.entries()) {
      data.set(part.data.subarray(row * widths[i]!, (row + 1) * widths[i]!), at);
      at += widths[i]!;
    }
  }
  return { shape: [...shape.slice(0, -1), width], data };
};
