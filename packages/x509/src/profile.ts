/** What certificates of Readback have to be (profile RB-1), beyond RFC 5280: constants that every member agrees on. */

/** Certificates of a credential at most: the device's own, an issuing authority's and the root. */
export const mostCertificates = 3;

/** Bytes of one certificate at most. */
export const largestCertificate = 8_192;

/** Milliseconds that a device certificate is good for at most: 30 days. */
export const longestLife = 2_592_000_000;

/**
 * DER of the one extended key usage of a device certificate, `2.25.8326572053310461456993178225176761640`: no certificate
 * that was issued for something else speaks for a device, and this one is good for nothing else.
 */
export const deviceUsage = Uint8Array.from([
  0x30, 0x15, 0x06, 0x13, 0x69, 0x8c, 0xc3, 0xd1, 0xec, 0xd5, 0xd8, 0xa2, 0x93, 0xaf, 0xb2, 0xd6, 0xc2, 0xd5,
  0x97, 0xe4, 0xc1, 0xaa, 0x28,
]);

/** Milliseconds that the certificate of a revocation service is good for at most: 398 days. */
export const longestServiceLife = 34_387_200_000;

/**
 * DER of the one extended key usage of a revocation service, `2.25.142272589255282762347965568851591447125`: a device cannot
 * be one by the certificate that it has, and a service is no member.
 */
export const serviceUsage = Uint8Array.from([
  0x30, 0x16, 0x06, 0x14, 0x69, 0x81, 0xd6, 0x88, 0xda, 0x8e, 0x98, 0xcd, 0xd0, 0xe5, 0x99, 0xa6, 0x9a, 0xc7,
  0x84, 0x97, 0xa0, 0xd9, 0x84, 0x55,
]);

/** Object identifiers of the extensions that are understood (RFC 5280 §4.2.1). */
export const extensionId = {
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  keyUsage: "2.5.29.15",
  nameConstraints: "2.5.29.30",
  extendedKeyUsage: "2.5.29.37",
} as const;

/** Bits of the key usage (RFC 5280 §4.2.1.3). */
export const keyUsage = { digitalSignature: 0x01, keyCertSign: 0x20 } as const;
