// tfjs-core's own test suite on 'onnxruntime', or on tfjs's cpu.
import '../index';
import './suite.mjs';
