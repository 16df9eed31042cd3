/** tfjs's backends go with one version of tfjs. */
const withTfjs = (version: string, ...names: readonly string[]): string =>
  `npm install ${names.map((name) => (name.startsWith('@tensorflow/') ? `${name}@${version}` : name)).join(' ')}`;

/** What to do about a backend that does not work, beyond what its own reason says; empty where that says it all. */
export const remedyFor = (name: string, reason: string, tfjs: string): string => {
  const absent = reason.endsWith('is not installed');
  switch (name) {
    case 'onnxruntime':
      return absent ? 'Run: npm install @steadyformer/backend-onnxruntime' : '';
    case 'tensorflow':
      return absent
        ? 'Run: npm install @steadyformer/backend-tensorflow, then: npx steadyformer-tensorflow doctor'
        : 'More: npx steadyformer-tensorflow doctor';
    case 'wasm':
      return absent ? `Run: ${withTfjs(tfjs, '@tensorflow/tfjs-backend-wasm')}` : '';
    case 'webgpu':
      return absent ? `Run: ${withTfjs(tfjs, 'webgpu', '@tensorflow/tfjs-backend-webgpu')}` : '';
    default:
      return '';
  }
};
