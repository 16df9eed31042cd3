// Runs tfjs-core's own shipped test suite on one backend and prints which specs passed and failed, as JSON on the
// last line. A program imports the backend's package, then this; it is bundled, because the shipped tests are ES modules
// that Node cannot load as they are. Arguments: name of the backend.
import '@tensorflow/tfjs';
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util.js';
import jasmineRequire from 'jasmine-core/lib/jasmine-core/jasmine.js';

const backendName = process.argv[2];
const core = jasmineRequire.core(jasmineRequire);
const env = core.getEnv({ suppressLoadErrors: true });
Object.assign(globalThis, jasmineRequire.interface(core, env), { jasmine: core });
setTestEnvs([{ name: backendName, backendName, isDataSync: true }]);
await import('@tensorflow/tfjs-core/dist/tests.js');
env.configure({ random: false });

const nameOf = (spec) => spec.fullName.replaceAll(` ${backendName} {}`, '');
const passed = [];
const failed = {};
env.addReporter({
  specDone: (spec) => {
    if (spec.status === 'passed') passed.push(nameOf(spec));
    if (spec.status === 'failed')
      failed[nameOf(spec)] = spec.failedExpectations.map((f) => f.message).join('\n');
  },
});
const warn = console.warn;
console.warn = () => {};
await env.execute();
console.warn = warn;
process.stdout.write(`\n${JSON.stringify({ passed, failed })}\n`, () => process.exit(0));
