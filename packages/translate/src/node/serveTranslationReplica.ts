import { fromConfig, selectBackend, type Transformer, type TransformerConfig } from '@steadyformer/core';
import { serveReplica } from '@steadyformer/core/node';
import { checkOwnParts, type OwnParts } from '../checks/ownParts';
import type { TokenBatch } from '../data/batch';
import { translationLoss } from '../training/translationLoss';

/** What a replica builds its model and loss from. */
export interface ReplicaData {
  readonly config: TransformerConfig;
  readonly smoothing: number;
  readonly checkpointing: boolean;
}

/** The whole of a replica's module, beside imports of your own methods and branches. */
export const serveTranslationReplica = (own: OwnParts = {}): Promise<void> =>
  serveReplica<TokenBatch, ReplicaData>(async ({ config, smoothing, checkpointing }) => {
    checkOwnParts('serveTranslationReplica() own', own);
    await selectBackend();
    const model = fromConfig(config, own) as Transformer;
    const lossOf = translationLoss(smoothing);
    return {
      parameters: model.parameters(),
      loss: (batch, context) => ({ ...lossOf(model, batch, { ...context, checkpointing }) }),
    };
  });
