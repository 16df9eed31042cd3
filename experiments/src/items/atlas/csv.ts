import { type Facts, factsOf } from './facts';
import type { Growth } from './growth';
import type { Point } from './points';

type Value = string | number | undefined;

const three = (x: number | undefined): Value => (x === undefined ? undefined : Number(x.toPrecision(3)));

const exponent = (name: string, growth: Growth | undefined): [string, Value][] => [
  [name, three(growth?.exponent?.value)],
  [`${name}_low`, three(growth?.exponent?.interval?.[0])],
  [`${name}_high`, three(growth?.exponent?.interval?.[1])],
];

/** Growth at widths beside the first, over the depths that all have. */
const widthColumns = ({ widths }: Facts): [string, Value][] =>
  widths
    ? [
        ...widths.at.flatMap(({ width, random, aligned, predicted }): [string, Value][] => [
          ...exponent(`random_width_${width}`, random),
          [`random_width_${width}_error`, three(predicted?.worst)],
          ...exponent(`aligned_width_${width}`, aligned),
          [`aligned_width_${width}_predicted`, three(predicted?.aligned.exponent?.value)],
        ]),
        ['random_power_of_width', three(widths.powers.random)],
        ['aligned_power_of_width', three(widths.powers.aligned)],
      ]
    : [];

const columnsOf = (row: Facts): [string, Value][] => [
  ['method', row.method],
  ['verdict', row.word],
  ...exponent('random', row.random),
  ['random_class', row.random?.notation],
  ...exponent('random_predicted', row.predicted?.random),
  ['random_error', three(row.predicted?.worst)],
  ...exponent('aligned', row.aligned),
  ['aligned_class', row.aligned?.notation],
  ...exponent('aligned_predicted', row.predicted?.aligned),
  ['aligned_factor', three(row.predicted?.factor)],
  ['aligned_first', three(row.aligned?.means[0])],
  ['aligned_last', three(row.aligned?.means.at(-1))],
  ['laziness', three(row.laziness?.value)],
  ...exponent('random_before', row.before?.random),
  ...exponent('random_after', row.after?.random),
  ...exponent('aligned_before', row.before?.aligned),
  ...exponent('aligned_after', row.after?.aligned),
  ['random_after_by_before', three(row.afterByBefore?.random)],
  ['aligned_after_by_before', three(row.afterByBefore?.aligned)],
  ...row.learned.map(({ layers, rate, failed, of }): [string, Value] => [
    `failed_${layers}_at_${rate}`,
    `${failed}/${of}`,
  ]),
  ...widthColumns(row),
  ['not_measured', row.failed?.replaceAll(/[",\n]/gu, ' ')],
];

/** The table as comma-separated values, a row a method; what was not measured is empty. */
export const csvOf = async (points: readonly Point[]): Promise<string> => {
  const rows = factsOf(points).map(columnsOf);
  const headers = [...new Set(rows.flatMap((row) => row.map(([name]) => name)))];
  const lines = rows.map((row) => {
    const values = new Map(row);
    return headers.map((name) => values.get(name) ?? '').join(',');
  });
  return `${[headers.join(','), ...lines].join('\n')}\n`;
};
