/** The three methods that the paper compares, as the figures show them. */
export const METHODS = ['postLN', 'preLN', 'admin'] as const;
export type Method = (typeof METHODS)[number];

interface Shown {
  readonly label: string;
  /** The theme's variable, with the light theme's value where it has none. */
  readonly colour: string;
  /** So that colour alone tells nothing apart. */
  readonly shape: 'circle' | 'square' | 'triangle';
}

export const SHOWN: Readonly<Record<Method, Shown>> = {
  postLN: { label: 'Post-LN', colour: 'var(--steady-post-ln, #0067a5)', shape: 'circle' },
  preLN: { label: 'Pre-LN', colour: 'var(--steady-pre-ln, #b34700)', shape: 'square' },
  admin: { label: 'Admin', colour: 'var(--steady-admin, #007a57)', shape: 'triangle' },
};

/** One value a method. */
export const byMethod = <T>(value: (method: Method) => T): Readonly<Record<Method, T>> => ({
  postLN: value('postLN'),
  preLN: value('preLN'),
  admin: value('admin'),
});
