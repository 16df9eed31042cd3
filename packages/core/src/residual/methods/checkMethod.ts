import { nearest } from '../../checks/errors';
import type { ResidualMethod } from '../residual';
import { checkMethodRecord } from './methodRecord';

/** The names of the built-in methods in JSON. The methods themselves are left to those who build from JSON. */
export const METHOD_NAMES = [
  'postLN',
  'preLN',
  'admin',
  'adminConstant',
  'reZero',
  'reZeroPostLN',
  'skipInit',
  'layerScale',
  'fixup',
  'tFixup',
  'deepNorm',
  'sandwich',
  'normFormer',
  'b2t',
  'subLN',
  'gpt2Scaling',
  'scaleNorm',
  'hybridNorm',
  'resiDual',
  'siameseNorm',
  'hyperConnections',
  'manifoldHyperConnections',
  'attentionResiduals',
  'embeddingSkips',
  'denseFormer',
  'valueResidual',
  'periLN',
  'reorderedNorm',
  'layerNormScaling',
  'mixLN',
  'keel',
  'deepScaleLM',
  'uMuP',
  'spanNorm',
  'dyT',
  'depthMuP',
  'completeP',
  'lipschitz',
  'nGPT',
] as const;

export type MethodName = (typeof METHOD_NAMES)[number];

/** Throws unless it is a residual method, naming the built-in one nearest to a name. `where` is what takes it. */
export const checkMethod = (method: unknown, where: string): ResidualMethod =>
  // Half of another name's letters are no longer that name misspelt.
  checkMethodRecord(
    method,
    where,
    typeof method === 'string' ? nearest(method, METHOD_NAMES, 0.5) : undefined,
  );
