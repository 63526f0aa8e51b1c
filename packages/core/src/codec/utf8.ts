import { ReadbackError } from "../error.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Up to here a loop costs a fifth of a call of the encoder, and most texts are names and labels. */
const short = 48;

/** The UTF-8 bytes of `text`. Throws `invalid-argument` on a lone surrogate, which UTF-8 cannot hold. */
export function utf8(text: string): Uint8Array {
  return (text.length <= short ? ascii(text) : undefined) ?? encode(text);
}

/** `undefined` where a character is none of ASCII. */
function ascii(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return undefined;
    bytes[i] = code;
  }
  return bytes;
}

function encode(text: string): Uint8Array {
  if (/\p{Surrogate}/u.test(text))
    throw new ReadbackError("invalid-argument", "A text holds a lone surrogate.");
  return encoder.encode(text);
}

/** The text of UTF-8 `bytes`. Throws `malformed` on anything that is not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new ReadbackError("malformed", "Bytes are not UTF-8.", { cause });
  }
}
