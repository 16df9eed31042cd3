import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect, test, vi } from 'vitest';
import { availability, loadTensorflow, registerTensorflow, TensorflowBackendError } from '../index';
import { fakeProject, temporary } from '../testing/trees';

test('importing registers the backend and leaves the active one alone', async () => {
  await tf.ready();
  expect(tf.findBackendFactory('tensorflow')).toBeTypeOf('function');
  expect(tf.getBackend()).not.toBe('tensorflow');
  expect(registerTensorflow()).toBe(false);
});

test('nothing installed: the factory throws what availability says', () => {
  const points = [join(temporary(), 'package.json')];
  const { reason } = availability(points);
  expect(() => loadTensorflow(points)).toThrow(new TensorflowBackendError(`tensorflow backend: ${reason}`));
});

test('an addon that does not load is named, with the next step', () => {
  const project = fakeProject('@tensorflow/tfjs-node', { addon: true });
  expect(() => loadTensorflow([join(project, 'package.json')])).toThrow(
    /tfjs_binding\.node does not load: .*Run: npx steadyformer-tensorflow doctor$/s,
  );
});

test.skipIf(availability().available)('setBackend answers false where TensorFlow is absent', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const before = tf.getBackend();
  expect(await tf.setBackend('tensorflow')).toBe(false);
  expect(warn.mock.calls.flat().join('\n')).toMatch(/tensorflow backend: /);
  await tf.setBackend(before);
  warn.mockRestore();
});

test("restores what tfjs-node calls in Node's util", () => {
  const util: object = createRequire(import.meta.url)('util');
  expect('isNullOrUndefined' in util).toBe(true);
});
