/** What an option may be: an independent statement of the documentation. */
export interface Domain {
  /** A value that is allowed. */
  readonly sound: () => unknown;
  readonly allows: (value: unknown) => boolean;
  /** Left out only at the price of an error. Default false. */
  readonly required?: boolean;
}

const domain = (sound: unknown, allows: Domain['allows']): Domain => ({ sound: () => sound, allows });

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

export const whole = (sound: number, least = 1, most: number = Number.MAX_SAFE_INTEGER): Domain =>
  domain(sound, (value) => isNumber(value) && Number.isInteger(value) && value >= least && value <= most);

/** A finite number for which `allows` holds. */
export const real = (sound: number, allows: (value: number) => boolean = () => true): Domain =>
  domain(sound, (value) => isNumber(value) && allows(value));

export const positive = (sound: number): Domain => real(sound, (value) => value > 0);
export const notNegative = (sound: number): Domain => real(sound, (value) => value >= 0);
/** A probability below 1. */
export const rate = (sound: number): Domain => real(sound, (value) => value >= 0 && value < 1);
export const flag = (sound: boolean): Domain => domain(sound, (value) => typeof value === 'boolean');
export const oneOf = (...values: readonly unknown[]): Domain =>
  domain(values[0], (value) => values.includes(value));
/** A part of a dotted path. */
export const name = (sound: string): Domain =>
  domain(sound, (value) => typeof value === 'string' && /^[^\d.][^.]*$/.test(value));
export const text = (sound: string): Domain => domain(sound, (value) => typeof value === 'string');
/** Functions differ too much to be judged: any is allowed. */
export const callback = (sound: (...args: never[]) => unknown): Domain =>
  domain(sound, (value) => typeof value === 'function');
export const listOf = (sound: readonly unknown[], item: Domain, least = 0): Domain =>
  domain(sound, (value) => Array.isArray(value) && value.length >= least && value.every(item.allows));
/** Anything that can be gone through and holds such items: lists, typed arrays, sets. */
export const iterableOf = (sound: readonly unknown[], item: Domain): Domain =>
  domain(
    sound,
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      Symbol.iterator in value &&
      [...(value as Iterable<unknown>)].every(item.allows),
  );
/** A residual method, ours or the user's own. */
export const residual = (sound: object): Domain =>
  domain(sound, (value) => {
    const { name, plan } = (value ?? {}) as { name?: unknown; plan?: unknown };
    return typeof name === 'string' && typeof plan === 'function';
  });
/** A value of a class of ours: any other is refused. */
export const exactly = (sound: unknown): Domain => domain(sound, (value) => value === sound);
export const either = (...domains: readonly [Domain, ...Domain[]]): Domain => ({
  sound: domains[0].sound,
  allows: (value) => domains.some(({ allows }) => allows(value)),
});
/** A record with these options; an open one may hold others too. */
export const record = (
  options: Readonly<Record<string, Domain>>,
  others: 'open' | 'closed' = 'closed',
): Domain => ({
  sound: () => soundOptions(options),
  allows: (value) => {
    if (others === 'closed' || typeof value !== 'object' || value === null)
      return allowsOptions(options, value);
    const known = Object.entries(value).filter(([key]) => Object.hasOwn(options, key));
    return allowsOptions(options, Object.fromEntries(known));
  },
});
export const needed = (of: Domain): Domain => ({ ...of, required: true });

export const soundOptions = (options: Readonly<Record<string, Domain>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).map(([name, { sound }]) => [name, sound()]));

/** Whether a value is a record of allowed options: none unknown, none missing. */
export const allowsOptions = (options: Readonly<Record<string, Domain>>, value: unknown): boolean => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const given = Object.entries(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (given.length === 0 && prototype !== null && prototype !== Object.prototype) return false;
  const known = given.every(
    ([key, item]) =>
      Object.hasOwn(options, key) &&
      (item === undefined ? !options[key]!.required : options[key]!.allows(item)),
  );
  return (
    known && Object.entries(options).every(([key, { required }]) => !required || Object.hasOwn(value, key))
  );
};
