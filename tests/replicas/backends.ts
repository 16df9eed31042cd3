// Stands in for core's list of backends in a bundle: ours from their sources, and tfjs's own.
export const candidates = () => [
  {
    name: 'onnxruntime',
    load: async (): Promise<void> => {
      await import('@steadyformer/backend-onnxruntime');
    },
  },
  {
    name: 'tensorflow',
    load: async (): Promise<void> => {
      await import('@steadyformer/backend-tensorflow');
    },
  },
  { name: 'cpu', load: async (): Promise<void> => {} },
];

/** Processes are told; threads are on onnxruntime. */
export const preferred = (): string => process.env.STEADYFORMER_BACKEND || 'onnxruntime';
