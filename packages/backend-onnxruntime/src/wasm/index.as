export { adam } from './adam';
export { addInto, addIntoWithSquares, sumOfSquares } from './addInto';
export { addLayerNorm, layerNorm, scaledAddLayerNorm } from './layerNorm';
export { layerNormGrad, scaledAddLayerNormGrad } from './layerNormGrad';
export { rmsNorm, rmsNormGrad } from './rmsNorm';
