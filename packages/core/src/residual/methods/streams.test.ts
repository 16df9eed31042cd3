import { beforeAll, expect, it } from 'vitest';
import { agrees, twinCases } from '../../../testing/residualTwin';
import { selectBackend } from '../../backend/select';
import type { ResidualMethod } from '../residual';
import { attentionResiduals } from './attentionResiduals';
import { denseFormer } from './denseFormer';
import { embeddingSkips } from './embeddingSkips';
import { hyperConnections } from './hyperConnections';
import { manifoldHyperConnections } from './manifoldHyperConnections';
import { resiDual } from './resiDual';
import { siameseNorm } from './siameseNorm';
import { valueResidual } from './valueResidual';

// Written by fixtures/make_stream_methods.py.
const cases = twinCases('streamMethods.json');

const METHODS: Readonly<Record<string, ResidualMethod>> = {
  resiDual: resiDual(),
  'resiDual scaled': resiDual({ scale: 0.5 }),
  siameseNorm: siameseNorm(),
  'hyperConnections static': hyperConnections({ streams: 3, dynamic: false }),
  hyperConnections: hyperConnections({ streams: 3 }),
  manifoldHyperConnections: manifoldHyperConnections({ streams: 3 }),
  attentionResiduals: attentionResiduals(),
  'attentionResiduals blocks': attentionResiduals({ blocks: 2 }),
  embeddingSkips: embeddingSkips(),
  denseFormer: denseFormer(),
  'denseFormer of a period': denseFormer({ period: 2 }),
  valueResidual: valueResidual(),
  'valueResidual fixed': valueResidual({ own: 2, first: -0.5, trained: false }),
};

beforeAll(async () => {
  await selectBackend('cpu');
});

it('has a method for every case', () => {
  expect(Object.keys(METHODS)).toEqual(Object.keys(cases));
});

it.each(Object.entries(cases))('%s has the output and the gradients of PyTorch', (name, expected) => {
  agrees(METHODS[name]!, expected);
});
