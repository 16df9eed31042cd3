// A replica's thread of the tests, as a user's program would have it.
import { serveTranslationReplica } from '@steadyformer/translate/node';

await serveTranslationReplica();
