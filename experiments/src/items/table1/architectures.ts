import { methodNamed } from '../../measure/methods';
import type { Methods } from '../../measure/model';

/** The architectures of table 1, the hybrid that it leaves out, and Admin. */
export const ARCHITECTURES = ['post-post', 'post-pre', 'pre-post', 'pre-pre', 'admin'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

const PARTS: Readonly<Record<Architecture, readonly [encoder: string, decoder: string]>> = {
  'post-post': ['postLN', 'postLN'],
  'post-pre': ['postLN', 'preLN'],
  'pre-post': ['preLN', 'postLN'],
  'pre-pre': ['preLN', 'preLN'],
  admin: ['admin', 'admin'],
};

export const NAMES: Readonly<Record<Architecture, string>> = {
  'post-post': 'Post-LN / Post-LN',
  'post-pre': 'Post-LN / Pre-LN',
  'pre-post': 'Pre-LN / Post-LN',
  'pre-pre': 'Pre-LN / Pre-LN',
  admin: 'Admin / Admin',
};

export const methodsOf = (architecture: Architecture): Methods => {
  const [encoder, decoder] = PARTS[architecture];
  return { encoder: methodNamed(encoder), decoder: methodNamed(decoder) };
};
