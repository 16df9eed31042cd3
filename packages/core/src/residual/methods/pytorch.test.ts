import { expect, it } from 'vitest';
import { onBackends } from '../../../testing/backends';
import { agrees, twinCases } from '../../../testing/residualTwin';
import type { ResidualMethod } from '../residual';
import { deepScaleLM } from './deepScaleLM';
import { dyT } from './dyT';
import { keel } from './keel';
import { layerNormScaling } from './layerNormScaling';
import { mixLN } from './mixLN';
import { periLN } from './periLN';
import { reorderedNorm } from './reorderedNorm';
import { spanNorm } from './spanNorm';
import { uMuP } from './uMuP';

// Written by fixtures/make_residual_methods.py: the papers' formulas in PyTorch.
const cases = twinCases('residualMethods.json');

const METHODS: Readonly<Record<string, ResidualMethod>> = {
  periLN: periLN(),
  'periLN layer': periLN({ norm: 'layer' }),
  reorderedNorm: reorderedNorm(),
  layerNormScaling: layerNormScaling(),
  mixLN: mixLN({ fraction: 0.4 }),
  keel: keel(),
  'keel scaled': keel({ scaledFirstBlock: true }),
  deepScaleLM: deepScaleLM(),
  uMuP: uMuP(),
  'uMuP uneven': uMuP({ residualMult: 0.7, residualAttnRatio: 2 }),
  spanNorm: spanNorm(),
  dyT: dyT(),
};

it('has a method for every case', () => {
  expect(Object.keys(METHODS)).toEqual(Object.keys(cases));
});

onBackends(() => {
  it.each(Object.entries(cases))('%s has the output and the gradients of PyTorch', (name, expected) => {
    agrees(METHODS[name]!, expected);
  });
});
