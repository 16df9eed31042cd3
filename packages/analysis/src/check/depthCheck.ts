import { judge } from './judge';
import type { Build } from './measureDepths';
import { measurer } from './measurer';
import type { MeasuredNetwork } from './networks';
import { checkDepths, checkedOptions, type DepthCheckOptions } from './options';
import type { DepthCheck } from './result';

/**
 * Says whether an architecture amplifies changes of its weights with depth: builds it at the given numbers of blocks,
 * measures the output change, fits the laws of growth and the paper's theory, and draws the picture. The verdict names a
 * law only where the networks, resampled as wholes, leave that law alone open and theory is not contradicted.
 *
 * Throws on fewer than 4 depths, depths that do not increase, and what `outputChange` and `predict` refuse.
 */
export const depthCheck = async <Batch>(
  build: Build<Batch>,
  depths: readonly number[],
  options: DepthCheckOptions<Batch> = {},
): Promise<DepthCheck> => {
  const { seeds = [1, 2, 3, 4, 5], onNetwork } = checkedOptions(options, 'depthCheck()');
  checkDepths(depths);
  const measure = await measurer(build, depths, options, seeds[0]!);
  const total = seeds.length * (measure.networks === 'prefixes' ? 1 : depths.length);
  let done = 0;
  const networks: MeasuredNetwork[] = [];
  for (const seed of seeds) {
    networks.push(
      await measure.network(seed, () => {
        done += 1;
        onNetwork?.(done, total);
      }),
    );
  }
  return judge(depths, networks, measure);
};
