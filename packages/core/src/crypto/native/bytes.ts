/**
 * What `node:crypto` returned, as a plain `Uint8Array` that nothing else looks into. Its results are `Buffer`s, which
 * behave differently (`slice` does not copy) and may lie in a slab together with bytes of others.
 */
export function own(buffer: Uint8Array): Uint8Array {
  if (buffer.byteLength === buffer.buffer.byteLength) return new Uint8Array(buffer.buffer);
  const copy = new Uint8Array(buffer);
  buffer.fill(0);
  return copy;
}

/** The bytes of a text with one character a byte. */
export function fromLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const alphabet = `${letters}+/`;
const sextets = new Map([...`${letters}-_`].map((character, value) => [character, value]));

/** Base64 with padding (RFC 4648 §4). For public keys: it makes a text, which nobody can overwrite. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const bits = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    for (let shift = 18; shift >= 0; shift -= 6) text += alphabet[(bits >>> shift) & 0x3f];
  }
  const missing = (3 - (bytes.length % 3)) % 3;
  return text.slice(0, text.length - missing) + "=".repeat(missing);
}

/** The bytes of base64url without padding, as JSON Web Keys have it. For public keys: takes a time that depends on the text. */
export function fromBase64Url(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let at = 0;
  let waiting = 0;
  for (const character of text) {
    bits = ((bits << 6) | (sextets.get(character) ?? 0)) & 0x3fff;
    waiting += 6;
    if (waiting >= 8) {
      waiting -= 8;
      bytes[at++] = bits >>> waiting;
    }
  }
  return bytes;
}
