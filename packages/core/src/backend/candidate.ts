/** A tfjs backend that may or may not be here. */
export interface BackendCandidate {
  readonly name: string;
  /** Registers the backend with tfjs. Throws, with the reason, where that cannot be. */
  readonly load: () => Promise<void>;
  /** False keeps it out of the automatic choice. Default true. */
  readonly automatic?: boolean;
  /** What to do where tfjs could not start it, for which tfjs gives no reason. */
  readonly remedy?: string;
  /** Throws, with the reason, where it would work but is not to be chosen unasked. */
  readonly recommend?: () => Promise<void>;
}

/** Where a page or program finds the three .wasm files of tfjs's wasm backend: their folder, or the URL of each. */
export type WasmPaths = string | Readonly<Record<string, string>>;

/** Options of `selectBackend`. */
export interface BackendOptions {
  /**
   * A page must say where it serves the files of `@tensorflow/tfjs-backend-wasm/dist`; the wasm backend is then loaded
   * by its own package, which the page need not import. In Node by default that package's folder.
   */
  readonly wasmPaths?: WasmPaths;
}
