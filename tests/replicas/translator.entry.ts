// A thread of a ParallelTranslator, as a user's program would have it.
import { serveTranslator } from '@steadyformer/translate/node';

await serveTranslator();
