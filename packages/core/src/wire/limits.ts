/** Bytes of one frame at most, its continuation byte included. Transports refuse longer ones. */
export const maximumFrameSize = 65_536;

/** Bytes of one message at most before login, and after it: a Welcome of a large group is the largest. */
export const maximumMessageSize = { beforeLogin: 16_384, afterLogin: 4_194_304 } as const;

/** Bytes of one log payload at most for an application message; handshakes may use the whole message. */
export const maximumApplicationSize = 262_144;

/** Bytes of a user's text at most, in UTF-8. */
export const maximumTextSize = 16_384;

/** Bytes of a person's or a device's name at most. */
export const maximumNameSize = 256;

/** Bytes of a public key and of an encoded credential at most. */
export const maximumKeySize = 2_048;
export const maximumCredentialSize = 8_192;

/** Items of one list in a message at most: key packages, persons. */
export const maximumListLength = 4_096;

/** Entries of one `fetch` answer at most. */
export const maximumPageLength = 512;
