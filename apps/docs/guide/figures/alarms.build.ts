import { WATCH_THRESHOLDS } from '@steadyformer/analysis';
import { readResult } from '../../../../experiments/src/framework/results';
import { alarms as item } from '../../../../experiments/src/items/alarms/alarms';
import { FAULT_LABELS } from '../../../../experiments/src/items/alarms/faultNames';
import { isHealthy } from '../../../../experiments/src/items/alarms/outcome';
import { KINDS, type Point } from '../../../../experiments/src/items/alarms/points';
import {
  defaults,
  harmedOf,
  type Rates,
  ratesOf,
  sweepOf,
} from '../../../../experiments/src/items/alarms/rates';

/** What a threshold is worth at its default, and at others. */
export interface AlarmRow extends Rates {
  readonly kind: string;
  readonly initial: number;
  readonly warns: 'above' | 'below';
  readonly sweep: readonly {
    readonly threshold: number;
    readonly falseAlarms: number;
    readonly before: number;
  }[];
}

/** What the experiment `alarms` found. */
export interface Alarms {
  readonly rows: readonly AlarmRow[];
  /** Of the first of all thresholds that warns. */
  readonly any: Rates;
  /** Networks of each fault, and how many were harmed. */
  readonly faults: readonly { readonly label: string; readonly networks: number; readonly harmed: number }[];
  readonly claims: readonly { readonly claim: string; readonly word: string; readonly found: string }[];
}

/** Factors of the default that the page shows. */
const SHOWN = [1 / 4, 1 / 2, 1, 2, 4];

/** From the committed points and the thresholds of the code. */
export const alarms = async (): Promise<Alarms> => {
  const result = await readResult(item as never, 'small');
  if (!result) throw new Error('experiments/results/alarms.json is not there: npm run experiment -- alarms');
  const points = result.points as Point[];
  const harmed = harmedOf(points);
  const rows = KINDS.map((kind) => {
    const { initial, warns } = WATCH_THRESHOLDS[kind];
    const sweep = sweepOf(points, kind, harmed)
      .filter(({ threshold }) => SHOWN.some((factor) => Math.abs(threshold / initial / factor - 1) < 1e-9))
      .map(({ threshold, falseAlarms, before }) => ({ threshold, falseAlarms, before }));
    return { kind, initial, warns, ...ratesOf(points, { [kind]: initial }, harmed), sweep };
  });
  const faults = [...new Set(points.filter((each) => !isHealthy(each)).map(({ fault }) => fault))];
  return {
    rows,
    any: ratesOf(points, defaults(), harmed),
    faults: faults.map((fault) => ({
      label: FAULT_LABELS[fault],
      networks: points.filter((each) => each.fault === fault).length,
      harmed: harmed.filter(({ run }) => run.fault === fault).length,
    })),
    claims: result.verdict.claims,
  };
};

export const data = alarms;
