/**
 * Whether two byte strings are the same, in a time that depends on their lengths only. For tags, keys and anything
 * else an attacker may guess byte by byte; lengths are taken to be public.
 */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}
