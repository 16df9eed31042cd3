// tfjs-core's own test suite on 'tensorflow'.
import '../../packages/backend-tensorflow/src/index';
import '../../packages/backend-onnxruntime/src/conformance/suite.mjs';
