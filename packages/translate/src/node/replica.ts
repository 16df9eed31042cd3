// The module that a replica's thread runs by default.
import { serveTranslationReplica } from '../training/node/serveTranslationReplica';

await serveTranslationReplica();
