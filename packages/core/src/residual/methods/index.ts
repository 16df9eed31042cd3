import { check, checkOptions, entryOf, show } from '../../checks/errors';
import type { MethodConfig, ResidualMethod } from '../residual';
import { admin } from './admin';
import { adminConstant } from './adminConstant';
import { b2t } from './b2t';
import { checkMethod, type MethodName } from './checkMethod';
import { completeP } from './completeP';
import { deepNorm } from './deepNorm';
import { depthMuP } from './depthMuP';
import { fixup } from './fixup';
import { gpt2Scaling } from './gpt2Scaling';
import { layerScale } from './layerScale';
import { lipschitz } from './lipschitz';
import { normFormer } from './normFormer';
import { postLN } from './postLN';
import { preLN } from './preLN';
import { reZero, reZeroPostLN } from './reZero';
import { sandwich } from './sandwich';
import { scaleNorm } from './scaleNorm';
import { skipInit } from './skipInit';
import { subLN } from './subLN';
import { tFixup } from './tFixup';

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
  depthMuP: depthMuP as MethodFactory,
  completeP: completeP as MethodFactory,
  lipschitz: lipschitz as MethodFactory,
};

/** The method a config names, from the built-in ones and the user's own. Throws on an unknown name. */
export const methodFrom = (
  config: MethodConfig,
  own: Readonly<Record<string, MethodFactory>> = {},
): ResidualMethod => {
  checkOptions(config, ['name', 'options'], 'method');
  const make = entryOf<MethodFactory>({ ...methods, ...own }, config.name, 'residual method');
  const where = `method ${show(config.name)}`;
  check(typeof make === 'function', where, make, 'a function of its options');
  return checkMethod(make(config.options ?? {}), where);
};
