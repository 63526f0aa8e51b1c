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

/** The device this client runs on: its name, its suite and the key it signs with. */
export interface Device {
  readonly identity: Identity;
  readonly suite: CipherSuite;
  /** The suite of logs (profile RB-1: 0x0002). */
  readonly logSuite: CipherSuite;
  /** Puts off the signatures of both. */
  readonly signatures: DeferredSignatures;
  readonly signatureKeyPair: KeyPair;
  /** The encoded credential that every leaf of this device carries. */
  readonly credential: Uint8Array;
}

/**
 * Loads the device from its store, or makes its signature key on first use. Rejects with `invalid-argument` where the
 * store belongs to another device or was made for another suite, and with `unsupported-suite`.
 */
export async function loadDevice(
  vault: Vault,
  identity: Identity,
  suiteId: number,
  crypto: CryptoProvider,
  logSuiteId: number,
  random: Random,
): Promise<Device> {
  const wanted = [suiteId, logSuiteId].flatMap((id) => crypto.suite(id) ?? []);
  const signatures = deferSignatures(wanted);
  const [suite, logSuite] = signatures.suites;
  if (suite === undefined || logSuite === undefined) {
    throw new ReadbackError("unsupported-suite", "The crypto provider does not have the cipher suite.");
  }
  const stored = await vault.read(storeKey.device);
  const signatureKeyPair =
    stored === undefined ? await makeKey(vault, identity, suite, random) : readKey(stored, identity, suite);
  const credential = encode(writeCredential, identity.credential(signatureKeyPair.publicKey));
  return { identity, suite, logSuite, signatures, signatureKeyPair, credential };
}

async function makeKey(
  vault: Vault,
  identity: Identity,
  suite: CipherSuite,
  random: Random,
): Promise<KeyPair> {
  const seed = random(suite.signature.seedSize);
  const keyPair = suite.signature.deriveKeyPair(seed);
  const record = encode((writer: Writer) => {
    writer.u8(1);
    writeDeviceName(writer, identity);
    writer.u16(suite.id).bytes(keyPair.publicKey).bytes(keyPair.privateKey);
  }, undefined);
  await vault.write([{ put: storeKey.device, value: record }]);
  record.fill(0);
  return keyPair;
}

function readKey(record: Uint8Array, identity: Identity, suite: CipherSuite): KeyPair {
  return decode((reader) => {
    readRecordVersion(reader);
    const name = readDeviceName(reader);
    const suiteId = reader.u16();
    const keyPair = { publicKey: reader.bytes(), privateKey: reader.bytes() };
    if (!isSameDevice(name, identity) || suiteId !== suite.id) {
      throw new ReadbackError(
        "invalid-argument",
        "The store belongs to another device or to another cipher suite.",
      );
    }
    return keyPair;
  }, record);
}
