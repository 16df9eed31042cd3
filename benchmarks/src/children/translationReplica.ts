// A replica's thread of train().
import { serveTranslationReplica } from '@steadyformer/translate/node';

await serveTranslationReplica();
