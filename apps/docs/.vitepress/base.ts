/**
 * The path that the site lies under, `/` unless STEADYFORMER_DOCS_BASE says another: `/steadyformer/`, or
 * `steadyformer` alone.
 */
export const baseOf = (environment: Readonly<Record<string, string | undefined>>): string => {
  const named = environment.STEADYFORMER_DOCS_BASE ?? '/';
  if (/[?#\s]|:\/\//.test(named)) {
    throw new Error(`STEADYFORMER_DOCS_BASE: '${named}'. Allowed: a path, such as /steadyformer/`);
  }
  return `/${named}/`.replace(/\/+/g, '/');
};
