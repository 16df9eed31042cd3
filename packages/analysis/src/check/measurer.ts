import { check } from '@steadyformer/core';
import type { Build } from './measureDepths';
import { type MeasuredNetwork, measureNetwork, type Networks, networksOf } from './networks';
import type { DepthCheckOptions } from './options';
import type { DepthCheck } from './result';

/** How the networks of a check are measured, one seed at a time. */
export interface Measurer {
  readonly networks: Networks;
  readonly change: DepthCheck['provenance']['change'];
  readonly network: (seed: number, onNetwork?: () => void) => Promise<MeasuredNetwork>;
}

/** Settles what the options leave open. */
export const measurer = async <Batch>(
  build: Build<Batch>,
  blocks: readonly number[],
  options: DepthCheckOptions<Batch>,
  firstSeed: number,
): Promise<Measurer> => {
  check(typeof build === 'function', 'build', build, 'a function (depth, seed) => ({ model, batch })');
  const { change = { kind: 'sign', size: 1e-4 }, stack } = options;
  const networks = options.networks ?? (await networksOf(build, blocks, firstSeed));
  const { kind, ...rest } = change;
  return {
    networks,
    change: { kind, ...('ratio' in rest ? { ratio: rest.ratio } : { size: rest.size }) },
    network: (seed, onNetwork = () => undefined) =>
      measureNetwork({ build, blocks, change, networks, stack, onNetwork }, seed),
  };
};
