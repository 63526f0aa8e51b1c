import type { CredentialAuthority } from "../conversation/identity.ts";
import { defaultCryptoProvider } from "../crypto/default-provider.ts";
import type { CryptoProvider, KeyPair } from "../crypto/suite.ts";
import { ReadbackError } from "../error.ts";
import type { Credential } from "../mls/credential.ts";
import type { Clock } from "../port/clock.ts";
import type { Transport } from "../port/transport.ts";
import { Session } from "./session.ts";

/**
 * Who may have the devices of a domain removed (RFC 9420 §12.1.8.1). Whoever has the private key can have all of them removed:
 * guard it as an authority's.
 */
export interface RevocationService {
  /** The IANA number of a cipher suite whose signature scheme the key is of: that of the conversations. */
  readonly suite: number;
  readonly signatureKeyPair: KeyPair;
  readonly credential: Credential;
  /** The same that the organisation's devices judge by. */
  readonly authority: CredentialAuthority;
}

/** How a revocation service reaches a relay. An organisation asks each that its devices use. */
export interface ServiceOptions {
  readonly service: RevocationService;
  readonly transport: Transport;
  readonly clock: Clock;
  /** The default is the fastest provider of this runtime. */
  readonly crypto?: CryptoProvider;
  /** Ends the wait: then something may have been done and something not, and it is to be called again. */
  readonly signal?: AbortSignal;
}

/**
 * Tells a relay of a revocation service: from their next connection on, devices name it in all conversations with members of
 * its domain. In the place of an older one, whose credential ends earlier. Rejects with `invalid-argument` where the
 * credential is not one of a service, `unsupported-suite`, `login-refused`, `transport-failed`, `protocol-violation` or
 * `aborted`.
 */
export function announceService(options: ServiceOptions): Promise<void> {
  return asService(options, async () => {});
}

/** The domain that a service speaks for. Throws `invalid-argument` where it is none. */
export function domainOfService({ authority, credential, signatureKeyPair }: RevocationService): string {
  const claim = { credential, signaturePublicKey: signatureKeyPair.publicKey };
  const domain = authority.revocationServiceOf?.(claim);
  if (domain === undefined)
    throw new ReadbackError("invalid-argument", "This is not the credential of a revocation service.");
  return domain;
}

/** Logs in as a service, does something and logs out. Rejects as {@link announceService}, and as `run` does. */
export async function asService<T>(
  options: ServiceOptions,
  run: (session: Session, crypto: CryptoProvider) => Promise<T>,
): Promise<T> {
  const { service, transport, clock } = options;
  const crypto = options.crypto ?? defaultCryptoProvider();
  domainOfService(service);
  const suite = crypto.suite(service.suite);
  if (suite === undefined) throw new ReadbackError("unsupported-suite", "There is no such cipher suite.");
  const { signatureKeyPair, credential } = service;
  const account = { as: "serving", suite, loginSuite: suite.id, signatureKeyPair, credential } as const;
  const signal = options.signal ?? new AbortController().signal;
  const handler = { onPush: () => {}, onClose: () => {} };
  const session = await Session.open(transport, account, clock, handler, signal);
  const end = (): void => void session.close();
  signal.addEventListener("abort", end, { once: true });
  try {
    return await run(session, crypto);
  } catch (error) {
    if (signal.aborted) throw new ReadbackError("aborted", "The wait was aborted.", { cause: error });
    throw error;
  } finally {
    signal.removeEventListener("abort", end);
    await session.close();
  }
}
