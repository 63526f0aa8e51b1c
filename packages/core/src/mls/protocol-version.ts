/** The one protocol version there is, MLS 1.0 (RFC 9420 §6). */
export const mls10 = 1;
