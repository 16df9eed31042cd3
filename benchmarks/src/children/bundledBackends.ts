/** What `selectBackend` chooses from in a bundle: the backend that the bundle brings along. */
export const candidates = (): { readonly name: string; readonly load: () => Promise<void> }[] => [
  {
    name: 'onnxruntime',
    load: async () => {
      const { availability } = await import('@steadyformer/backend-onnxruntime');
      const { available, reason } = availability();
      if (!available) throw new Error(reason);
    },
  },
];

export const preferred = (): string | undefined => process.env.STEADYFORMER_BACKEND || undefined;
