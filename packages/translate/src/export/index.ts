/**
 * Translation models for other programs, and from them: Hugging Face's Marian, CTranslate2, ONNX.
 *
 * @packageDocumentation
 */

export type { ExportedFiles } from './exportedFiles';
export type { ExportFormat, ExportOptions } from './exportModel';
export { EXPORT_FORMATS, exportModel } from './exportModel';
export { importMarian, MARIAN_FILES } from './marian/importMarian';
