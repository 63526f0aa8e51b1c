import { askForCredential, encodeIssued } from "./device-credential.ts";
import type { Engine } from "./engine.ts";
import { RetryPace } from "./retry-pace.ts";
import { storeKey } from "./store-key.ts";

/** Milliseconds until the identity is asked again after it has failed, at most, and after it has answered, at least. */
const longestDelay = 3_600_000;
const shortestLife = 60_000;

/** What a renewal tells. */
export interface RenewalHandler {
  /** There is a new credential, and it is stored: the relay is to see it, and leaves get it when it is their turn. */
  onRenewed(): void;
  /** There was none; it is asked for again by itself. */
  onFailure(error: unknown): void;
}

/** Gets the next credential of this device in time. */
export class CredentialRenewal {
  readonly #engine: Engine;
  readonly #handler: RenewalHandler;
  readonly #retry: RetryPace;
  readonly #abort = new AbortController();
  #earliest = 0;
  #doubtFrom = 0;
  #isAsking = false;
  #cancel: () => void = () => {};

  /** Does nothing until {@link CredentialRenewal.arm}. */
  constructor(engine: Engine, handler: RenewalHandler) {
    this.#engine = engine;
    this.#handler = handler;
    this.#retry = new RetryPace(engine.clock);
  }

  /** Sets the wake-up, by what the relay's clock shows as far as that is known. */
  arm(): void {
    const { clock, device } = this.#engine;
    const { renewAt } = device.shown.issued;
    this.#cancel();
    if (renewAt === undefined || this.#abort.signal.aborted) return;
    const ahead = this.#engine.relayNow() - clock.now();
    this.#cancel = clock.wake(Math.max(renewAt - ahead, this.#earliest), () => void this.#renew());
  }

  /** The relay has not let this device in: an organisation may vouch for it in another way now. Asks at most once an hour. */
  doubt(): void {
    const now = this.#engine.clock.now();
    if (this.#engine.device.shown.issued.renewAt === undefined || now < this.#doubtFrom) return;
    this.#doubtFrom = now + longestDelay;
    void this.#renew();
  }

  /** Asks no more. */
  close(): void {
    this.#abort.abort();
    this.#cancel();
    this.#retry.close();
  }

  async #renew(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      await this.#ask();
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      this.#handler.onFailure(error);
      this.#retry.later(longestDelay, () => void this.#renew());
    } finally {
      this.#isAsking = false;
    }
  }

  async #ask(): Promise<void> {
    const { identity, suites, signatureKeyPair, shown } = this.#engine.device;
    const key = { suite: suites[0], signatureKeyPair };
    const issued = await askForCredential(identity, key, this.#abort.signal);
    await this.#engine.run(async () => {
      await this.#engine.write([{ put: storeKey.credential, value: encodeIssued(issued) }]);
      shown.issued = issued;
    });
    this.#retry.reset();
    // Whoever issues what has to be renewed at once must not keep us busy for ever.
    this.#earliest = this.#engine.clock.now() + shortestLife;
    this.arm();
    this.#handler.onRenewed();
  }
}
