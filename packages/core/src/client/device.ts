import { decode } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { isSameDevice } from "../conversation/identity.ts";
import { readDeviceName, readRecordVersion, writeDeviceName } from "../conversation/message-record.ts";
import { type DeferredSignatures, deferSignatures } from "../crypto/deferred-signatures.ts";
import type { CipherSuite, CryptoProvider, KeyPair } from "../crypto/suite.ts";
import { ReadbackError } from "../error.ts";
import type { Random } from "../port/random.ts";
import type { Change } from "../port/storage.ts";
import { askForCredential, decodeIssued, encodeIssued, type ShownCredential } from "./device-credential.ts";
import type { Identity, IssuedCredential } from "./identity.ts";
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
  /** What its leaves carry, from their next change on. */
  readonly shown: ShownCredential;
}

/**
 * Loads the device from its store. On first use makes its signature key and asks for a credential; where there is none,
 * nothing is stored. Rejects with `invalid-argument` where the store belongs to another device, or where not all suites sign
 * with such a key, and with `unsupported-suite`, `enrolment-failed` or `aborted`.
 */
export async function loadDevice(
  vault: Vault,
  identity: Identity,
  suiteIds: readonly number[],
  crypto: CryptoProvider,
  logSuiteId: number,
  random: Random,
  signal: AbortSignal = new AbortController().signal,
): Promise<Device> {
  const wanted = [logSuiteId, ...new Set(suiteIds)].map((id) => knownSuite(crypto.suite(id)));
  const signatures = deferSignatures(wanted);
  const [logSuite, suite, ...others] = signatures.suites;
  if (logSuite === undefined || suite === undefined)
    throw new ReadbackError("invalid-argument", "A client needs a cipher suite.");
  const stored = await vault.read(storeKey.device);
  // Every relay has the suite of the log.
  const common = [suite, ...others].find(({ id }) => id === logSuiteId) ?? suite;
  const key = stored === undefined ? makeKey(common, random) : readKey(stored, identity);
  const { signatureKeyPair, loginSuite } = key;
  if (![suite, ...others].every(({ signature }) => signature.isPublicKey(signatureKeyPair.publicKey))) {
    throw new ReadbackError(
      "invalid-argument",
      "The cipher suites of a store have to be of one signature scheme, which stays the same.",
    );
  }
  const kept = await vault.read(storeKey.credential);
  const issued =
    kept === undefined
      ? await askForCredential(identity, { suite, signatureKeyPair }, signal)
      : decodeIssued(kept);
  if (stored === undefined || kept === undefined) await storeDevice(vault, identity, key, issued);
  const suites = [suite, ...others] as const;
  return { identity, suites, loginSuite, logSuite, signatures, signatureKeyPair, shown: { issued } };
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

function makeKey(suite: CipherSuite, random: Random): StoredKey {
  const seed = random(suite.signature.seedSize);
  return { signatureKeyPair: suite.signature.deriveKeyPair(seed), loginSuite: suite.id };
}

async function storeDevice(
  vault: Vault,
  identity: Identity,
  { loginSuite, signatureKeyPair: { publicKey, privateKey } }: StoredKey,
  issued: IssuedCredential,
): Promise<void> {
  const record = encode((writer: Writer) => {
    writer.u8(1);
    writeDeviceName(writer, identity);
    writer.u16(loginSuite).bytes(publicKey).bytes(privateKey);
  }, undefined);
  const changes: Change[] = [
    { put: storeKey.device, value: record },
    { put: storeKey.credential, value: encodeIssued(issued) },
  ];
  await vault.write(changes);
  record.fill(0);
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
