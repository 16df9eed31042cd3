import { fromConfig, selectBackend } from '@steadyformer/core';
import { serveReplica } from '@steadyformer/core/node';
import { checkOwnParts, type OwnParts } from '../../checks/ownParts';
import type { TokenBatch } from '../../data/batch';
import { kindOf, type TokenModel, type TokenModelConfig } from '../modelKinds';

/** What a replica builds its model and loss from; the config says which kind they are. */
export interface ReplicaData {
  readonly config: TokenModelConfig;
  readonly smoothing: number;
  readonly checkpointing: boolean;
}

const serveTokenReplica = (own: OwnParts, where: string): Promise<void> =>
  serveReplica<TokenBatch, ReplicaData>(async ({ config, smoothing, checkpointing }) => {
    checkOwnParts(`${where} own`, own);
    await selectBackend();
    const model = fromConfig(config, own) as TokenModel;
    const lossOf = kindOf(config).loss(smoothing);
    return {
      parameters: model.parameters(),
      loss: (batch, context) => ({ ...lossOf(model, batch, { ...context, checkpointing }) }),
    };
  });

/** The whole of a replica's module, beside imports of your own methods and branches. Serves language models too. */
export const serveTranslationReplica = (own: OwnParts = {}): Promise<void> =>
  serveTokenReplica(own, 'serveTranslationReplica()');

/** The same under the name that says so of a language model. */
export const serveLanguageModelReplica = (own: OwnParts = {}): Promise<void> =>
  serveTokenReplica(own, 'serveLanguageModelReplica()');
