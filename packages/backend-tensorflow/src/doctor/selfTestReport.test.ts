import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../process/run';
import { temporary } from '../testing/trees';
import { runSelfTest, type SelfTest } from './selfTestReport';

const GOOD: SelfTest = { loads: true, version: '2.21.0', gpu: false, matmul: true };

describe('runSelfTest', () => {
  const script = (text: string): string => {
    const path = join(temporary(), 'self-test.mjs');
    writeFileSync(path, text);
    return path;
  };

  test('reads the report of a real process, whatever it printed before', () => {
    const path = script(`console.log('chatter'); console.log('${JSON.stringify(GOOD)}')`);
    expect(runSelfTest(process.execPath, path, run)).toEqual({ ...GOOD, notes: [] });
  });

  test('takes what TensorFlow says about GPUs from its log, each line once', () => {
    const line = 'W0000 00:00:17 gpu_device.cc:2343] Cannot dlopen some GPU libraries. Skipping';
    const log = [line, 'I0000 port.cc:153] oneDNN custom operations are on', line].join('\n');
    const path = script(`console.error(${JSON.stringify(log)}); console.log('${JSON.stringify(GOOD)}')`);
    expect(runSelfTest(process.execPath, path, run)).toEqual({
      ...GOOD,
      notes: ['Cannot dlopen some GPU libraries. Skipping'],
    });
  });

  test('a process that dies is a report', () => {
    const report = runSelfTest(
      process.execPath,
      script("process.stderr.write('boom'); process.exit(9)"),
      run,
    );
    expect(report).toEqual({ loads: false, reason: 'the process ended with status 9: boom' });
  });

  test('a program that does not exist is a report', () => {
    expect(runSelfTest(join(temporary(), 'node'), 'x', run)).toMatchObject({ loads: false });
  });
});
