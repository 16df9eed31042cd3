// A thread of a ParallelTranslator.
import { serveTranslator } from '@steadyformer/translate/node';

await serveTranslator();
