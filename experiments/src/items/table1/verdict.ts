import type { Claim } from '../../framework/item';
import { judge, shown } from '../../framework/statistics';
import { allFail, allTrain, endOf, failures } from '../../measure/learning';
import { type Architecture, NAMES } from './architectures';
import { networks, type Point } from './points';

const VANISHES = 0.1;
const DOES_NOT = 0.5;

export const claimsOf = (points: readonly Point[]): Claim[] => {
  const of = (architecture: Architecture): Point[] => networks(points, architecture);
  const ratios = (architecture: Architecture): number[] =>
    of(architecture).map(({ decoderRatio }) => decoderRatio);
  const came = (architecture: Architecture): string =>
    `${failures(of(architecture))}; perplexity ${shown(of(architecture).map((run) => Math.exp(endOf(run))))}`;
  const vanishing = (architecture: Architecture): Claim => ({
    claim: `${NAMES[architecture]}: the decoder's gradient vanishes, |dx_0| / |dx_N| below ${VANISHES}`,
    word: judge(ratios(architecture), { below: VANISHES }, { above: DOES_NOT }),
    found: shown(ratios(architecture)),
  });
  const steady = (architecture: Architecture): Claim => ({
    claim: `${NAMES[architecture]}: it does not, above ${DOES_NOT}`,
    word: judge(ratios(architecture), { above: DOES_NOT }, { below: VANISHES }),
    found: shown(ratios(architecture)),
  });
  const failing = (architecture: Architecture): Claim => ({
    claim: `${NAMES[architecture]}: training fails`,
    word: allFail(of(architecture)),
    found: came(architecture),
  });
  const training = (architecture: Architecture): Claim => ({
    claim: `${NAMES[architecture]}: trains`,
    word: allTrain(of(architecture)),
    found: came(architecture),
  });
  const beside = `beside the paper: ${NAMES['pre-post']} ${came('pre-post')}`;
  const admin = training('admin');
  return [
    vanishing('post-post'),
    failing('post-post'),
    steady('post-pre'),
    failing('post-pre'),
    steady('pre-pre'),
    training('pre-pre'),
    vanishing('pre-post'),
    { ...admin, found: `${admin.found}; ${beside}` },
  ];
};
