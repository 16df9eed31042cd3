// The module that a replica's thread runs by default.
import { serveTranslationReplica } from './serveTranslationReplica';

await serveTranslationReplica();
