import { SteadyformerError } from '@steadyformer/core';
import type { Item } from '../framework/item';
import { alarms } from './alarms/alarms';
import { appendixE } from './appendix-e/appendix-e';
import { appendixF } from './appendix-f/appendix-f';
import { atlas } from './atlas/atlas';
import { boundary } from './boundary/boundary';
import { criticalRate } from './critical-rate/criticalRate';
import { fig1 } from './fig1/fig1';
import { fig3 } from './fig3/fig3';
import { fig4 } from './fig4/fig4';
import { fig5 } from './fig5/fig5';
import { fig78 } from './fig7-8/fig7-8';
import { fig9 } from './fig9/fig9';
import { fig10 } from './fig10/fig10';
import { folded } from './folded/folded';
import { profile } from './profile/profile';
import { sgd } from './sgd/sgd';
import { table1 } from './table1/table1';
import { table2 } from './table2/table2';

/** All items, in the order of the table: a line each. */
export const items: readonly Item[] = [
  fig1,
  table1,
  fig3,
  fig4,
  fig5,
  fig78,
  fig9,
  table2,
  fig10,
  sgd,
  boundary,
  appendixE,
  appendixF,
  profile,
  folded,
  alarms,
  atlas,
  criticalRate,
];

/** @throws SteadyformerError on a name that is none */
export const itemNamed = (name: string): Item => {
  const found = items.find((item) => item.name === name);
  if (found) return found;
  throw new SteadyformerError(
    `item: received '${name}', allowed ${items.map((item) => item.name).join(', ')}`,
  );
};
