/** The part of a GPU that is asked here. */
export interface Gpu {
  requestAdapter(): Promise<object | null>;
}

/** The npm package `webgpu`: Dawn, the WebGPU of Chromium, for Node. */
export interface WebgpuPackage {
  readonly create: (options: string[]) => Gpu;
  readonly globals: Readonly<Record<string, unknown>>;
}

/** What WebGPU programs look for: GPUBufferUsage and the like, and navigator.gpu. */
const installGlobals = (gpu: Gpu, globals: WebgpuPackage['globals']): void => {
  Object.assign(globalThis, globals);
  const property = { configurable: true, writable: true };
  // Node 21 and later has a navigator of its own, which cannot be assigned to.
  if (globalThis.navigator) Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, ...property });
  else Object.defineProperty(globalThis, 'navigator', { value: { gpu }, ...property });
};

/**
 * Gives Node a WebGPU, then loads tfjs's backend, which looks for one while it loads. Throws where no adapter is
 * found. Tensors must be read with `await data()`, and the process ends by process.exit only, as long as the GPU
 * object lives.
 */
export const startWebgpu = async (
  load: () => Promise<WebgpuPackage>,
  loadBackend: () => Promise<unknown>,
): Promise<void> => {
  const { create, globals } = await load();
  const gpu = create([]);
  if ((await gpu.requestAdapter()) === null) {
    throw new Error('no WebGPU adapter found; it needs a GPU with a Vulkan, Metal or Direct3D 12 driver');
  }
  installGlobals(gpu, globals);
  await loadBackend();
};
