/**
 * `make`, called once per array and remembered for as long as the array lives. Importing a key costs more than most
 * operations with it. Keyed by identity: the bytes of a key must not change while it is in use.
 */
export function remembered<T>(make: (bytes: Uint8Array) => T): (bytes: Uint8Array) => T {
  const made = new WeakMap<Uint8Array, T>();
  return (bytes) => {
    const known = made.get(bytes);
    if (known !== undefined) return known;
    const fresh = make(bytes);
    made.set(bytes, fresh);
    return fresh;
  };
}
