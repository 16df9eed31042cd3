export { adam } from './adam';
export { crossEntropyGrad, crossEntropyRows } from './crossEntropy';
export { dropout, dropoutSigns } from './dropout';
export { keepVariables } from './variables';
export { geluGrad, reluGrad } from './activationGrad';
export { addBias, biasRelu, columnSums } from './bias';
export { attentionSoftmax, attentionSoftmaxGrad } from './attentionSoftmax';
export { embeddingGrad } from './embeddingGrad';
