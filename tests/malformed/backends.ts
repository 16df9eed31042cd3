// Stands in for core's list of backends in a bundle: the one backend, from its sources.
export const candidates = () => [
  {
    name: 'onnxruntime',
    load: async (): Promise<void> => {
      await import('@steadyformer/backend-onnxruntime');
    },
  },
];

export const preferred = (): string => 'onnxruntime';
