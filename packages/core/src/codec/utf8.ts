import { ReadbackError } from "../error.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The UTF-8 bytes of `text`. Throws `invalid-argument` on a lone surrogate, which UTF-8 cannot hold. */
export function utf8(text: string): Uint8Array {
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
