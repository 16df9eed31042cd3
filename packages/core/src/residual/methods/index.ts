import { check, checkOptions, entryOf, show } from '../../checks/errors';
import { withBranchOptions } from '../branchOptions';
import type { MethodConfig, ResidualMethod } from '../residual';
import { admin } from './admin';
import { adminConstant } from './adminConstant';
import { attentionResiduals } from './attentionResiduals';
import { b2t } from './b2t';
import { checkMethod, type MethodName } from './checkMethod';
import { completeP } from './completeP';
import { deepNorm } from './deepNorm';
import { deepScaleLM } from './deepScaleLM';
import { denseFormer } from './denseFormer';
import { depthMuP } from './depthMuP';
import { dyT } from './dyT';
import { embeddingSkips } from './embeddingSkips';
import { fixup } from './fixup';
import { gpt2Scaling } from './gpt2Scaling';
import { hybridNorm } from './hybridNorm';
import { hyperConnections } from './hyperConnections';
import { keel } from './keel';
import { layerNormScaling } from './layerNormScaling';
import { layerScale } from './layerScale';
import { lipschitz } from './lipschitz';
import { manifoldHyperConnections } from './manifoldHyperConnections';
import { mixLN } from './mixLN';
import { nGPT } from './nGPT';
import { normFormer } from './normFormer';
import { periLN } from './periLN';
import { postLN } from './postLN';
import { preLN } from './preLN';
import { reorderedNorm } from './reorderedNorm';
import { resiDual } from './resiDual';
import { reZero, reZeroPostLN } from './reZero';
import { sandwich } from './sandwich';
import { scaleNorm } from './scaleNorm';
import { siameseNorm } from './siameseNorm';
import { skipInit } from './skipInit';
import { spanNorm } from './spanNorm';
import { subLN } from './subLN';
import { tFixup } from './tFixup';
import { uMuP } from './uMuP';
import { valueResidual } from './valueResidual';

/** Makes a method from its JSON options. */
export type MethodFactory = (options: Readonly<Record<string, unknown>>) => ResidualMethod;

/** Bundlers may leave out what is made by it and not used. */
/* @__NO_SIDE_EFFECTS__ */
const withoutOptions =
  (make: () => ResidualMethod): MethodFactory =>
  (options) => {
    const method = make();
    checkOptions(options, [], `${method.name}()`);
    return method;
  };

/** The methods a config may name. */
export const methods: Readonly<Record<MethodName, MethodFactory>> = {
  postLN: withoutOptions(postLN),
  preLN: withoutOptions(preLN),
  admin: admin as MethodFactory,
  adminConstant: adminConstant as MethodFactory,
  reZero: withoutOptions(reZero),
  reZeroPostLN: withoutOptions(reZeroPostLN),
  skipInit: skipInit as MethodFactory,
  layerScale: layerScale as MethodFactory,
  fixup: withoutOptions(fixup),
  tFixup: withoutOptions(tFixup),
  deepNorm: withoutOptions(deepNorm),
  sandwich: withoutOptions(sandwich),
  normFormer: normFormer as MethodFactory,
  b2t: b2t as MethodFactory,
  subLN: withoutOptions(subLN),
  gpt2Scaling: withoutOptions(gpt2Scaling),
  scaleNorm: withoutOptions(scaleNorm),
  hybridNorm: hybridNorm as MethodFactory,
  resiDual: resiDual as MethodFactory,
  siameseNorm: siameseNorm as MethodFactory,
  hyperConnections: hyperConnections as MethodFactory,
  manifoldHyperConnections: manifoldHyperConnections as MethodFactory,
  attentionResiduals: attentionResiduals as MethodFactory,
  embeddingSkips: embeddingSkips as MethodFactory,
  denseFormer: denseFormer as MethodFactory,
  valueResidual: valueResidual as MethodFactory,
  periLN: periLN as MethodFactory,
  reorderedNorm: reorderedNorm as MethodFactory,
  layerNormScaling: layerNormScaling as MethodFactory,
  mixLN: mixLN as MethodFactory,
  keel: keel as MethodFactory,
  deepScaleLM: deepScaleLM as MethodFactory,
  uMuP: uMuP as MethodFactory,
  spanNorm: spanNorm as MethodFactory,
  dyT: dyT as MethodFactory,
  depthMuP: depthMuP as MethodFactory,
  completeP: completeP as MethodFactory,
  lipschitz: lipschitz as MethodFactory,
  nGPT: nGPT as MethodFactory,
};

/** The method a config names, from the built-in ones and the user's own. Throws on an unknown name. */
export const methodFrom = (
  config: MethodConfig,
  own: Readonly<Record<string, MethodFactory>> = {},
): ResidualMethod => {
  checkOptions(config, ['name', 'options', 'branches'], 'method');
  const make = entryOf<MethodFactory>({ ...methods, ...own }, config.name, 'residual method');
  const where = `method ${show(config.name)}`;
  check(typeof make === 'function', where, make, 'a function of its options');
  const method = checkMethod(make(config.options ?? {}), where);
  return config.branches === undefined ? method : withBranchOptions(method, config.branches);
};
