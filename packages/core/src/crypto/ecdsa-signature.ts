/**
 * The fixed-size form `r || s` of a DER-encoded ECDSA signature (RFC 9420 §5.1.1: Ecdsa-Sig-Value of RFC 3279).
 * `undefined` for everything but the one encoding that DER allows: no other tags, no longer length form than
 * needed, no negative or padded integers, nothing behind. Whether `r` and `s` are in range is left to the curve.
 *
 * @param size - bytes of each of the two integers
 */
export function fromDer(signature: Uint8Array, size: number): Uint8Array | undefined {
  if (signature[0] !== 0x30) return undefined;
  // A sequence of up to 127 bytes has a length of one byte; a longer one, of P-521, has 0x81 in front of it.
  const long = signature[1] === 0x81;
  const start = long ? 3 : 2;
  const length = signature[start - 1];
  if (length === undefined || length + start !== signature.length || length > 0x7f !== long) return undefined;
  const result = new Uint8Array(2 * size);
  const middle = readInteger(signature, start, result.subarray(0, size));
  if (middle === undefined) return undefined;
  return readInteger(signature, middle, result.subarray(size)) === signature.length ? result : undefined;
}

/** Reads one INTEGER into `target`, right-aligned; where it ends, or `undefined` where it is not one that fits. */
function readInteger(bytes: Uint8Array, at: number, target: Uint8Array): number | undefined {
  const length = bytes[at + 1];
  if (bytes[at] !== 0x02 || length === undefined || length === 0) return undefined;
  const start = at + 2;
  const end = start + length;
  if (end > bytes.length) return undefined;
  const first = bytes[start] as number;
  if (first > 0x7f) return undefined;
  const padded = first === 0 && length > 1;
  if (padded && (bytes[start + 1] as number) <= 0x7f) return undefined;
  const digits = bytes.subarray(padded ? start + 1 : start, end);
  if (digits.length > target.length) return undefined;
  target.set(digits, target.length - digits.length);
  return end;
}
