import { describe, expect, it } from 'vitest';
import { ARRAY_VARIABLES, arrayIndex } from './arrayIndex';

describe('arrayIndex', () => {
  it.each(ARRAY_VARIABLES)('counts from 0 under $scheduler, which counts from $first', ({ name, first }) => {
    expect(arrayIndex({ [name]: String(first) })).toEqual({ index: 0, variable: name });
    expect(arrayIndex({ [name]: String(first + 12), PATH: '/bin' })).toEqual({ index: 12, variable: name });
    // Schedulers may write them with zeros before.
    expect(arrayIndex({ [name]: `00${first + 8}` })?.index).toBe(8);
  });

  it('sees none where there is no array', () => {
    expect(arrayIndex({})).toBeUndefined();
    expect(arrayIndex({ SGE_TASK_ID: 'undefined', LSB_JOBINDEX: '0', PBS_ARRAY_INDEX: '' })).toBeUndefined();
  });

  it.each([
    ['SLURM_ARRAY_TASK_ID', '-1', 0],
    ['SLURM_ARRAY_TASK_ID', '1.5', 0],
    ['JOB_COMPLETION_INDEX', 'x', 0],
    ['SGE_TASK_ID', '0', 1],
    ['PBS_ARRAY_INDEX', '99999999999999999999', 0],
  ] as const)('refuses %s=%s', (name, value, first) => {
    const said = `${name}: received '${value}', allowed whole numbers from ${first}`;
    expect(() => arrayIndex({ [name]: value })).toThrow(said);
  });

  it('does not choose between two schedulers', () => {
    expect(() => arrayIndex({ SLURM_ARRAY_TASK_ID: '1', JOB_COMPLETION_INDEX: '2' })).toThrow(
      'received both SLURM_ARRAY_TASK_ID=1 and JOB_COMPLETION_INDEX=2; say which run with --index',
    );
  });
});
