// A program that starts a ParallelTranslator, translates, and comes to its end. Argument: the URL of the threads' module.
import { postLN, selectBackend, transformer } from '@steadyformer/core';
import { Translator, trainBpe } from '@steadyformer/translate';
import { ParallelTranslator } from '@steadyformer/translate/node';

await selectBackend('onnxruntime');
const vocabulary = trainBpe(['a small house'], { merges: 4 });
const sizes = { vocabulary: vocabulary.size, padId: vocabulary.pad, width: 8, heads: 2, depth: 1 };
const translator = new Translator(transformer({ ...sizes, method: postLN() }, 1), vocabulary);
const parallel = await ParallelTranslator.start(translator, { threads: 2, entry: new URL(process.argv[2]!) });
const found = await parallel.translate(['a house', 'small'], { maxTokens: 4, maxLength: () => 3 });
process.stdout.write(`${found.length} translations\n`);
