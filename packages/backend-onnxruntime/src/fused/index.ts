import type { KernelTable } from '../kernels/kernel';
import { adamStep } from './adamStep';
import { addInto, norm } from './addInto';
import { attention } from './attention';
import { attentionGrad } from './attentionGrad';
import { attentionPieces } from './attentionStep';
import { crossEntropy, crossEntropyGrad } from './crossEntropy';
import { dropout } from './dropout';
import { fixedLinear } from './fixedLinear';
import { addLayerNorm, addLayerNormGrad, layerNorm, layerNormGrad } from './layerNorm';
import { linear } from './linear';
import { linearGrad } from './linearGrad';
import { copy, embeddingGrad, view } from './memory';
import { rmsNorm, rmsNormGrad } from './rmsNorm';
import { topLogits } from './topLogits';

/** Kernels that tfjs itself does not have: what Transformers need, each in as few passes as possible. */
export const fusedKernels: KernelTable = {
  SteadyLinear: linear,
  SteadyLinearGrad: linearGrad,
  SteadyFixedLinear: fixedLinear,
  SteadyLayerNorm: layerNorm,
  SteadyLayerNormGrad: layerNormGrad,
  SteadyAddLayerNorm: addLayerNorm,
  SteadyAddLayerNormGrad: addLayerNormGrad,
  SteadyRmsNorm: rmsNorm,
  SteadyRmsNormGrad: rmsNormGrad,
  SteadyAttention: attention,
  SteadyAttentionGrad: attentionGrad,
  SteadyAttentionStep: attentionPieces,
  SteadyTopLogits: topLogits,
  SteadySoftmaxCrossEntropy: crossEntropy,
  SteadySoftmaxCrossEntropyGrad: crossEntropyGrad,
  SteadyEmbeddingGrad: embeddingGrad,
  SteadyDropout: dropout,
  SteadyView: view,
  SteadyCopy: copy,
  SteadyAdamStep: adamStep,
  SteadyNorm: norm,
  SteadyAddInto: addInto,
};
