/** What went wrong in a worker, as the page tells it. */
export interface Failure {
  /** 'memory' and 'crash' end the worker: the next request starts another. */
  readonly kind: 'memory' | 'crash' | 'other';
  readonly message: string;
}

/** How JavaScript, WebAssembly and WebGPU say that there is no memory left; none has a class of its own for it. */
const OUT_OF_MEMORY =
  /allocat|out of memory|\bOOM\b|memory access out of bounds|invalid (typed )?array (buffer )?length|device (was |is )?lost/i;

/** @param error whatever was thrown */
export const failureOf = (error: unknown): Failure => {
  const message = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
  return { kind: OUT_OF_MEMORY.test(message) ? 'memory' : 'other', message };
};

/** A smaller depth to offer, or none where there is no smaller one. */
export const smallerDepth = (depth: number): number | undefined =>
  depth > 1 ? Math.max(1, Math.floor(depth / 2)) : undefined;
