import { adminInit, needsProfile } from '@steadyformer/admin-init';
import {
  admin,
  type ModelBatch,
  postLN,
  preLN,
  type ResidualMethod,
  type Transformer,
} from '@steadyformer/core';

/** The methods that the paper's figures compare. */
export const METHODS = ['postLN', 'preLN', 'admin'] as const;
export type Method = (typeof METHODS)[number];

const MADE: Readonly<Record<Method, () => ResidualMethod>> = { postLN, preLN, admin };

export const LABELS: Readonly<Record<Method, string>> = {
  postLN: 'Post-LN',
  preLN: 'Pre-LN',
  admin: 'Admin',
};

export const methodNamed = (name: unknown): ResidualMethod => MADE[name as Method]();

/** Sets omega from a batch where the method asks for it. */
export const profiled = async (model: Transformer, batch: ModelBatch, seed: number): Promise<void> => {
  if (needsProfile(model)) await adminInit(model, [batch], { seed });
};
