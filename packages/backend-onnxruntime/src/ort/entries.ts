/**
 * The entries of ONNX Runtime's C API that this package calls. `OrtApi` is a table of function pointers whose
 * order never changes (`onnxruntime_c_api.h`: new entries are only ever appended), so an entry is found by
 * its position. Each row: position, name, result, arguments. `void *` results are an `OrtStatus *`, null when fine.
 */
export const API_VERSION = 17;

export const ENTRIES = [
  // The text of a status; valid until the status is released.
  [2, 'GetErrorMessage', 'const char *', ['void *']],
  // (session options, name) from a serialised model held in memory.
  [8, 'CreateSessionFromArray', 'void *', ['void *', 'void *', 'size_t', 'void *', 'void *']],
  // (session, run options, input names, inputs, count, output names, count, outputs)
  [9, 'Run', 'void *', ['void *', 'void *', 'void *', 'void *', 'size_t', 'void *', 'size_t', 'void *']],
  [10, 'CreateSessionOptions', 'void *', ['void *']],
  // Patterns of past shapes are useless when shapes vary, and cost memory.
  [17, 'DisableMemPattern', 'void *', ['void *']],
  // 0 none, 1 basic, 2 extended, 99 all.
  [23, 'SetSessionGraphOptimizationLevel', 'void *', ['void *', 'int']],
  [24, 'SetIntraOpNumThreads', 'void *', ['void *', 'int']],
  // (memory info, data, bytes, shape, rank, element type, out value): a tensor over memory we own, no copy.
  [
    49,
    'CreateTensorWithDataAsOrtValue',
    'void *',
    ['void *', 'void *', 'size_t', 'void *', 'size_t', 'int', 'void *'],
  ],
  // (allocator kind, memory kind, out info)
  [69, 'CreateCpuMemoryInfo', 'void *', ['int', 'int', 'void *']],
  [93, 'ReleaseStatus', 'void', ['void *']],
  [95, 'ReleaseSession', 'void', ['void *']],
  [96, 'ReleaseValue', 'void', ['void *']],
  [100, 'ReleaseSessionOptions', 'void', ['void *']],
  // (log level, log id, threading options, out environment): all sessions share one pool of threads.
  [119, 'CreateEnvWithGlobalThreadPools', 'void *', ['int', 'const char *', 'void *', 'void *']],
  // The session joins the shared pool.
  [120, 'DisablePerSessionThreads', 'void *', ['void *']],
  [121, 'CreateThreadingOptions', 'void *', ['void *']],
  [122, 'ReleaseThreadingOptions', 'void', ['void *']],
  // (session options, key, value)
  [130, 'AddSessionConfigEntry', 'void *', ['void *', 'const char *', 'const char *']],
  // (environment, memory info, arena settings): one arena for the temporaries of all sessions that ask for it.
  [144, 'CreateAndRegisterAllocator', 'void *', ['void *', 'void *', 'void *']],
  [147, 'SetGlobalIntraOpNumThreads', 'void *', ['void *', 'int']],
  [148, 'SetGlobalInterOpNumThreads', 'void *', ['void *', 'int']],
  // 0: waiting threads sleep, which leaves the cores to others.
  [149, 'SetGlobalSpinControl', 'void *', ['void *', 'int']],
  // (most bytes, growth, first chunk, most unused bytes a chunk, out settings); 0 and -1 mean the default.
  [156, 'CreateArenaCfg', 'void *', ['size_t', 'int', 'int', 'int', 'void *']],
  [157, 'ReleaseArenaCfg', 'void', ['void *']],
] as const;

/** Names of the entries used. */
export type EntryName = (typeof ENTRIES)[number][1];

/** What koffi takes for a `void *`: memory, an address, or null. */
export type Pointer = ArrayBufferView | bigint | number | null;

/** A callable entry: pointers and numbers in, a status (or null), a string or nothing out. */
export type Entry = (...args: (Pointer | string)[]) => bigint | string | null;

/** The table of entries, bound. */
export type OrtTable = Readonly<Record<EntryName, Entry>>;
