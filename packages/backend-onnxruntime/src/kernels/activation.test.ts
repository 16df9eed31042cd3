import { describe, expect, it } from 'vitest';
import { activate } from './activation';

describe('activations of fused kernels', () => {
  it.each(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'])('know %s', (name) => {
    expect(activate(name)).toBeTypeOf('function');
  });

  it.each(['prelu', 'constructor', '__proto__', 'toString', 'valueOf'])('know no %s', (name) => {
    expect(activate(name)).toBeUndefined();
  });
});
