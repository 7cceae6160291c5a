/**
 * What a screen's address may say after its `?`: the texts of these names, and nothing else.
 * The router has made a number of what looks like one; a customer number is a text.
 */
export function textsOf<const Name extends string>(
  search: Record<string, unknown>,
  names: readonly Name[],
): { [name in Name]?: string } {
  const found: { [name in Name]?: string } = {};
  for (const name of names) {
    const value = search[name];
    const isText = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    if (isText && value !== '') found[name] = String(value);
  }
  return found;
}

/** `value` where it is one of `allowed`: what stands in an address was perhaps typed by hand. */
export function oneOf<const T extends string>(
  value: string | undefined,
  allowed: readonly T[],
): T | undefined {
  return allowed.find((one) => one === value);
}
