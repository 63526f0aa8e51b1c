/**
 * A hash that is fast and nothing else: anybody can find collisions. For simulations only, where it stands for SHA-256.
 * 32 bytes over up to four parts, each bound with its length.
 *
 * @param domain - a small number: different purposes give unrelated results
 */
export function unsafeHash(
  domain: number,
  a: Uint8Array,
  b: Uint8Array = nothing,
  c: Uint8Array = nothing,
  d: Uint8Array = nothing,
): Uint8Array {
  absorbAll(domain, a, b, c, d);
  const result = new Uint8Array(32);
  for (let i = 0; i < 32; i += 4) {
    const word = squeeze(i);
    result[i] = word;
    result[i + 1] = word >>> 8;
    result[i + 2] = word >>> 16;
    result[i + 3] = word >>> 24;
  }
  return result;
}

/** Begins a hash whose words {@link squeeze} then gives, for whoever needs no array of them. */
export function absorbAll(
  domain: number,
  a: Uint8Array,
  b: Uint8Array = nothing,
  c: Uint8Array = nothing,
  d: Uint8Array = nothing,
): void {
  s1 = Math.imul(domain + 1, 0x9e3779b1);
  s2 = 0x85ebca77 | 0;
  s3 = 0xc2b2ae3d | 0;
  s4 = 0x27d4eb2f;
  absorb(a);
  absorb(b);
  if (c !== nothing) absorb(c);
  if (d !== nothing) absorb(d);
}

const nothing = new Uint8Array(0);
// The state of the hash that is being computed: nothing is called in between.
let [s1, s2, s3, s4] = [0, 0, 0, 0];

/** The body of MurmurHash3_x86_128 (Austin Appleby, public domain), with a shorter end. */
function absorb(part: Uint8Array): void {
  const { length } = part;
  let h1 = s1;
  let h2 = s2;
  let h3 = s3;
  let h4 = s4;
  let at = 0;
  for (; at + 16 <= length; at += 16) {
    h1 ^= scramble(word(part, at), 0x239b961b, 0xab0e9789);
    h1 = (Math.imul(((h1 << 19) | (h1 >>> 13)) + h2, 5) + 0x561ccd1b) | 0;
    h2 ^= scramble(word(part, at + 4), 0xab0e9789, 0x38b34ae5);
    h2 = (Math.imul(((h2 << 17) | (h2 >>> 15)) + h3, 5) + 0x0bcaa747) | 0;
    h3 ^= scramble(word(part, at + 8), 0x38b34ae5, 0xa1e38b93);
    h3 = (Math.imul(((h3 << 15) | (h3 >>> 17)) + h4, 5) + 0x96cd1c35) | 0;
    h4 ^= scramble(word(part, at + 12), 0xa1e38b93, 0x239b961b);
    h4 = (Math.imul(((h4 << 13) | (h4 >>> 19)) + h1, 5) + 0x32ac3b17) | 0;
  }
  for (let left = 0; at < length; ) {
    left = (left << 8) | (part[at++] as number);
    if ((length - at) % 4 !== 0) continue;
    h1 ^= scramble((left + 1) | 0, 0x239b961b, 0xab0e9789);
    h1 = (Math.imul(((h1 << 19) | (h1 >>> 13)) + h2, 5) + 0x561ccd1b) | 0;
    const first = h1;
    h1 = h2;
    h2 = h3;
    h3 = h4;
    h4 = first;
    left = 0;
  }
  h1 = final(h1 ^ length);
  h2 = final((h2 + h1) | 0);
  h3 = final((h3 + h2) | 0);
  h4 = final((h4 + h3) | 0);
  s1 = (h1 + h4) | 0;
  s2 = h2;
  s3 = h3;
  s4 = h4;
}

/** @param index - of the first of four bytes, from 0 to 28 */
export function squeeze(index: number): number {
  const mixed =
    final((s1 + Math.imul(index + 1, 0x9e3779b1)) | 0) ^ ((s2 + Math.imul(index + 5, 0x85ebca77)) | 0);
  return final(mixed) ^ final((s3 ^ (index << 7)) + Math.imul(s4, 2 * index + 1));
}

function word(part: Uint8Array, at: number): number {
  return (
    (part[at] as number) |
    ((part[at + 1] as number) << 8) |
    ((part[at + 2] as number) << 16) |
    ((part[at + 3] as number) << 24)
  );
}

function scramble(k: number, first: number, second: number): number {
  const product = Math.imul(k, first);
  return Math.imul((product << 15) | (product >>> 17), second);
}

function final(h: number): number {
  let mixed = h ^ (h >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
