/** The part of Node's diagnostic report that tells the C library. */
interface Report {
  readonly header?: { readonly glibcVersionRuntime?: string };
}

/**
 * Whether programs here run on glibc, as the published Linux libraries of ONNX Runtime need. True wherever it cannot be
 * told (another system, a runtime without reports): it only words an error.
 */
export const hasGlibc = (
  platform: string = process.platform,
  report: () => unknown = () => process.report?.getReport(),
): boolean => {
  if (platform !== 'linux') return true;
  const { header } = (report() ?? {}) as Report;
  return header == null || header.glibcVersionRuntime != null;
};
