import type { VegaLiteSpec } from '@steadyformer/analysis';

type Scale = { readonly domain: readonly string[]; readonly range: readonly unknown[] };

const isScaled = (value: unknown): value is { readonly scale: Scale } => {
  const scale = (value as { readonly scale?: Partial<Scale> } | null)?.scale;
  return Array.isArray(scale?.domain) && Array.isArray(scale.range);
};

/** Every part of a spec, with the key it stands under. */
const replaced = (spec: VegaLiteSpec, f: (key: string, value: unknown) => unknown): VegaLiteSpec =>
  JSON.parse(JSON.stringify(spec), f);

/** A figure of some series drawn in the colours, shapes and dashes that they have in a figure of more. */
export const inStylesOf = (all: VegaLiteSpec, some: VegaLiteSpec): VegaLiteSpec => {
  const styles = new Map<string, unknown>();
  replaced(all, (key, value) => {
    if (isScaled(value)) {
      for (const [i, name] of value.scale.domain.entries())
        styles.set(`${key} ${name}`, value.scale.range[i]);
    }
    return value;
  });
  return replaced(some, (key, value) => {
    if (!isScaled(value)) return value;
    const { domain, range } = value.scale;
    const own = domain.map((name, i) => styles.get(`${key} ${name}`) ?? range[i]);
    return { ...value, scale: { ...value.scale, range: own } };
  });
};
