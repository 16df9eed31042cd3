import { join } from 'node:path';
import { saveCheckpoint } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { savedModel } from '../../testing/checkpoints';
import { freshFolder, steadyformer } from '../../testing/command';

const folder = freshFolder('replicas');
const model = (): string => join(folder(), 'model');
beforeEach(async () => saveCheckpoint(model(), await savedModel()));

describe('--replicas', () => {
  it.each(['translate', 'evaluate', 'serve'])('is told of by %s --help', async (command) => {
    const { code, out } = await steadyformer(command, '--help');
    expect(code).toBe(0);
    expect(out.replaceAll(/\s+/gu, ' ')).toMatch(
      /--replicas <n> threads that translate side by side, over one copy of the weights; auto: one a core .*\(default: "auto"\)/,
    );
  });

  it.each(['0', '-1', '1.5', 'many', '', ' ', '257', 'NaN', '1e9', 'AUTO'])('refuses %j', async (given) => {
    for (const command of ['translate', 'evaluate', 'serve']) {
      const { code, out, error } = await steadyformer(command, model(), '--replicas', given);
      expect([code, out]).toEqual([2, '']);
      expect(error).toMatch(
        /^error: option '--replicas <n>' argument '.*' is invalid. allowed: whole numbers from 1 to 256, or auto.\n$/,
      );
    }
  });

  it('is one line, and no tensor, where threads cannot be started', async () => {
    const tensors = tf.memory().numTensors;
    // From sources there is no module that Node could run in a thread.
    for (const args of [
      ['translate', model()],
      ['serve', model(), '--port', '0'],
    ]) {
      const { code, error } = await steadyformer(...args, '--replicas', '2', '--backend', 'cpu');
      expect(code).toBe(2);
      expect(error.split('\n').filter((line) => line.startsWith('error'))).toEqual([
        expect.stringMatching(
          /--replicas 2: ParallelTranslator: thread [12] \(translator.ts\) does no more work/,
        ),
      ]);
      expect(tf.memory().numTensors).toBe(tensors);
    }
  });
});
