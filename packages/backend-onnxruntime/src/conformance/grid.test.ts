import { describe, expect, it } from 'vitest';
import { configure } from '../index';
import { onBackend, onCpu } from '../testing';
import { difference } from './grid/case';
import { compositions } from './grid/compositions';
import { convolutions } from './grid/convolutions';
import { elementwise } from './grid/elementwise';
import { movements } from './grid/movements';
import { products } from './grid/products';
import { reductions } from './grid/reductions';

// Even the smallest tensors go through ONNX Runtime here.
configure({ forceNative: true });

const cases = [elementwise, products, reductions, movements, convolutions, compositions].flat();

describe(`a grid of ${cases.length} cases against tfjs's cpu backend`, () => {
  it('has at least 500', () => {
    expect(cases.length).toBeGreaterThanOrEqual(500);
  });

  it.each(cases)('$name', async ({ inputs, program, tolerance }) => {
    const cpu = await onCpu(inputs, program);
    const ours = await onBackend('onnxruntime', inputs, program);
    expect(ours).toHaveLength(cpu.length);
    expect(cpu.map((plain, i) => difference(ours[i]!, plain, tolerance))).toEqual(cpu.map(() => ''));
  });
});
