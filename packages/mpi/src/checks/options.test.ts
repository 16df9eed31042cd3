import { expect, it } from 'vitest';
import { checkOptions } from './options';

it('has defaults, those of the environment first', () => {
  expect(checkOptions({}, {})).toEqual({ library: undefined, timeout: 600 });
  const environment = { STEADYFORMER_MPI: 'libmpi.so.40', STEADYFORMER_MPI_TIMEOUT: '30' };
  expect(checkOptions({}, environment)).toEqual({ library: 'libmpi.so.40', timeout: 30 });
  expect(checkOptions({ library: 'x', timeout: 0.5 }, environment)).toEqual({ library: 'x', timeout: 0.5 });
  expect(checkOptions({}, { STEADYFORMER_MPI: '', STEADYFORMER_MPI_TIMEOUT: '' }).timeout).toBe(600);
});

it.each<readonly [string, unknown, Record<string, string>]>([
  ['init() options: received 3, allowed an object of library and timeout', 3, {}],
  ["init(): unknown option 'tiemout', allowed library, timeout", { tiemout: 3 }, {}],
  ["init() library: received '', allowed the file or name of a library", { library: '' }, {}],
  ['init() timeout: received 0, allowed seconds > 0', { timeout: 0 }, {}],
  ["init() timeout: received '3', allowed seconds > 0", { timeout: '3' }, {}],
  ['STEADYFORMER_MPI_TIMEOUT: received NaN, allowed seconds > 0', {}, { STEADYFORMER_MPI_TIMEOUT: 'soon' }],
])('%s', (message, options, environment) => {
  expect(() => checkOptions(options as never, environment)).toThrow(message);
});
