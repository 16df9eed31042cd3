export { adam } from './adam';
export { crossEntropyGrad, crossEntropyRows } from './crossEntropy';
export { keepVariables } from './exp';
