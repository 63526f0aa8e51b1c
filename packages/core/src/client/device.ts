import { decode } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { type Identity, isSameDevice } from "../conversation/identity.ts";
import { readDeviceName, readRecordVersion, writeDeviceName } from "../conversation/message-record.ts";
import { type DeferredSignatures, deferSignatures } from "../crypto/deferred-signatures.ts";
import type { CipherSuite, CryptoProvider, KeyPair } from "../crypto/suite.ts";
import { ReadbackError } from "../error.ts";
import { writeCredential } from "../mls/credential.ts";
import type { Random } from "../port/random.ts";
import { storeKey } from "./store-key.ts";
import type { Vault } from "./vault.ts";

/** The device this client runs on: its name, its suites and the key it signs with in all of them. */
export interface Device {
  readonly identity: Identity;
  /** The suites of conversations that it can be in; the first one is of those that it opens itself unless told otherwise. */
  readonly suites: readonly [CipherSuite, ...CipherSuite[]];
  /** The number of the suite that the signature key was made for: what the relay knows it by. */
  readonly loginSuite: number;
  /** The suite of logs (profile RB-1: 0x0002). */
  readonly logSuite: CipherSuite;
  /** Puts off the signatures of all of them. */
  readonly signatures: DeferredSignatures;
  readonly signatureKeyPair: KeyPair;
  /** The encoded credential that every leaf of this device carries. */
  readonly credential: Uint8Array;
}

/**
 * Loads the device from its store, or makes its signature key on first use. Rejects with `invalid-argument` where the
 * store belongs to another device, or where not all suites sign with such a key, and with `unsupported-suite`.
 */
export async function loadDevice(
  vault: Vault,
  identity: Identity,
  suiteIds: readonly number[],
  crypto: CryptoProvider,
  logSuiteId: number,
  random: Random,
): Promise<Device> {
  const wanted = [logSuiteId, ...new Set(suiteIds)].map((id) => knownSuite(crypto.suite(id)));
  const signatures = deferSignatures(wanted);
  const [logSuite, suite, ...others] = signatures.suites;
  if (logSuite === undefined || suite === undefined)
    throw new ReadbackError("invalid-argument", "A client needs a cipher suite.");
  const stored = await vault.read(storeKey.device);
  // Every relay has the suite of the log.
  const common = [suite, ...others].find(({ id }) => id === logSuiteId) ?? suite;
  const { signatureKeyPair, loginSuite } =
    stored === undefined ? await makeKey(vault, identity, common, random) : readKey(stored, identity);
  if (![suite, ...others].every(({ signature }) => signature.isPublicKey(signatureKeyPair.publicKey))) {
    throw new ReadbackError(
      "invalid-argument",
      "The cipher suites of a store have to be of one signature scheme, which stays the same.",
    );
  }
  const credential = encode(writeCredential, identity.credential(signatureKeyPair.publicKey));
  const suites = [suite, ...others] as const;
  return { identity, suites, loginSuite, logSuite, signatures, signatureKeyPair, credential };
}

/** The suite of this number. Throws `unsupported-suite` where it is none of the device's. */
export function suiteOf({ suites }: Pick<Device, "suites">, id: number): CipherSuite {
  return knownSuite(suites.find((suite) => suite.id === id));
}

function knownSuite(suite: CipherSuite | undefined): CipherSuite {
  if (suite === undefined)
    throw new ReadbackError("unsupported-suite", "This client does not have the cipher suite.");
  return suite;
}

type StoredKey = Pick<Device, "signatureKeyPair" | "loginSuite">;

async function makeKey(
  vault: Vault,
  identity: Identity,
  suite: CipherSuite,
  random: Random,
): Promise<StoredKey> {
  const seed = random(suite.signature.seedSize);
  const keyPair = suite.signature.deriveKeyPair(seed);
  const record = encode((writer: Writer) => {
    writer.u8(1);
    writeDeviceName(writer, identity);
    writer.u16(suite.id).bytes(keyPair.publicKey).bytes(keyPair.privateKey);
  }, undefined);
  await vault.write([{ put: storeKey.device, value: record }]);
  record.fill(0);
  return { signatureKeyPair: keyPair, loginSuite: suite.id };
}

function readKey(record: Uint8Array, identity: Identity): StoredKey {
  return decode((reader) => {
    readRecordVersion(reader);
    const name = readDeviceName(reader);
    if (!isSameDevice(name, identity))
      throw new ReadbackError("invalid-argument", "The store belongs to another device.");
    const loginSuite = reader.u16();
    return { loginSuite, signatureKeyPair: { publicKey: reader.bytes(), privateKey: reader.bytes() } };
  }, record);
}
