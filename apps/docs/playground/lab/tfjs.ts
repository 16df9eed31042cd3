/**
 * What the worker's bundle takes for `@tensorflow/tfjs` (an alias in the site's config): ops, gradients and the cpu
 * backend. The whole package also brings layers, converters, data sets and WebGL, several times as much to download.
 */
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-backend-cpu';

export * from '@tensorflow/tfjs-core';
