export { readSafetensors, writeSafetensors } from './safetensorsFile';
