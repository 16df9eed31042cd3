// Stands in for core's list of backends in a bundle: the one backend from its sources, and tfjs's own.
export const candidates = () => [
  {
    name: 'onnxruntime',
    load: async (): Promise<void> => {
      await import('@steadyformer/backend-onnxruntime');
    },
  },
  { name: 'cpu', load: async (): Promise<void> => {} },
];

export const preferred = (): string => 'onnxruntime';
