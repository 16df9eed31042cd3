// The module that a translator's thread runs by default.
import { serveTranslator } from '../decoding/node/serveTranslator';

await serveTranslator();
