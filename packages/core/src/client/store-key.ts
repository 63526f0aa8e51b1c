/** Where a client's records are. Names hold random identifiers and numbers only, never a person's name. */
export const storeKey = {
  /** The device record: who we are and our signature key. */
  device: "device",
  /** The credential that our leaves carry. */
  credential: "credential",
  /** `inbox/<relay>`: the last inbox item processed. */
  inbox: "inbox",
  /** The inbox item that told last of a new device of our own, until it is a member everywhere. */
  newDevice: "new-device",
  /** `key-package/<reference>`: key packages that were published, with their private keys. */
  keyPackage: "key-package",
  /** `conversation/<id>/…`: see the record names of a conversation. */
  conversation: "conversation",
} as const;
