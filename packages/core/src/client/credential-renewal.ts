import { ReadbackError } from "../error.ts";
import { isSameCredential } from "../mls/credential.ts";
import { askForCredential, encodeIssued } from "./device-credential.ts";
import type { Engine } from "./engine.ts";
import type { IssuedCredential } from "./identity.ts";
import { storeKey } from "./store-key.ts";

const minute = 60_000;
const hour = 60 * minute;

/** Milliseconds until the identity is asked again after it has failed: at first and at most, twice as long each time. */
const firstPause = 1_000;
const longestPause = hour;

/** How long it may take to answer: somebody may have to be asked. */
const patience = 2 * hour;

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
  /** Ends the wait for an answer. */
  #abort: AbortController | undefined;
  /** When it is asked at the earliest, by our own clock, and the pause after that. */
  #earliest = 0;
  #pause = firstPause;
  #doubtFrom = 0;
  #isClosed = false;
  #cancel: () => void = () => {};

  /** Does nothing until {@link CredentialRenewal.arm}. */
  constructor(engine: Engine, handler: RenewalHandler) {
    this.#engine = engine;
    this.#handler = handler;
  }

  /** Sets the wake-up, by what the relay's clock shows as far as that is known. */
  arm(): void {
    const { clock, device } = this.#engine;
    const { issued } = device.shown;
    this.#cancel();
    if (this.#isClosed) return;
    // Where the one that is stored is over, or not good by the roots that count today, there is nothing to wait for.
    const due = this.#isOver(issued) ? 0 : issued.renewAt;
    if (due === undefined) return;
    const ahead = this.#engine.relayNow() - clock.now();
    this.#cancel = clock.wake(Math.max(due - ahead, this.#earliest), () => void this.#renew());
  }

  /** The relay has not let this device in: an organisation may vouch for it in another way now. Asks at most once an hour. */
  doubt(): void {
    const now = this.#engine.clock.now();
    if (this.#engine.device.shown.issued.renewAt === undefined || now < this.#doubtFrom) return;
    this.#doubtFrom = now + hour;
    void this.#renew();
  }

  /** Asks no more. */
  close(): void {
    this.#isClosed = true;
    this.#abort?.abort();
    this.#cancel();
  }

  async #renew(): Promise<void> {
    if (this.#abort !== undefined || this.#isClosed) return;
    const abort = new AbortController();
    this.#abort = abort;
    const { clock } = this.#engine;
    const giveUp = clock.wake(clock.now() + patience, () => abort.abort());
    let isLasting = false;
    try {
      isLasting = await this.#ask(abort.signal);
    } catch (error) {
      if (!this.#isClosed) this.#handler.onFailure(abort.signal.aborted ? unanswered(error) : error);
    } finally {
      giveUp();
      this.#abort = undefined;
      if (isLasting) this.#pause = firstPause;
      this.#earliest = clock.now() + this.#pause;
      if (!isLasting) this.#pause = Math.min(longestPause, this.#pause * 2);
      this.arm();
    }
  }

  /** Returns whether there is nothing to be asked for at once. */
  async #ask(signal: AbortSignal): Promise<boolean> {
    const { identity, suites, signatureKeyPair, shown } = this.#engine.device;
    const issued = await askForCredential(identity, { suite: suites[0], signatureKeyPair }, signal);
    // One that is not good yet, or is over already, takes no place of one that is: by the relay's clock, since ours may be off.
    if (this.#engine.knowsRelayTime && this.#isGood(shown.issued) && !this.#isGood(issued))
      throw new ReadbackError("enrolment-failed", "The credential that was issued is not good at this time.");
    const isNew = !isSameCredential(issued.credential, shown.issued.credential);
    await this.#engine.run(async () => {
      await this.#engine.write([{ put: storeKey.credential, value: encodeIssued(issued) }]);
      shown.issued = issued;
    });
    // Whoever issues what has to be renewed at once must not keep us busy for ever: the pause goes on growing.
    const isLasting = (issued.renewAt ?? Number.POSITIVE_INFINITY) > this.#engine.relayNow();
    this.#pause = Math.max(minute, this.#pause);
    if (isNew) this.#handler.onRenewed();
    return isLasting && !this.#isOver(issued);
  }

  #isGood(issued: IssuedCredential): boolean {
    return this.#isValid(issued, this.#engine.relayNow());
  }

  #isOver(issued: IssuedCredential): boolean {
    const end = this.#engine.authority.expiresAt?.(issued.credential) ?? Number.POSITIVE_INFINITY;
    return !this.#isValid(issued) || end <= this.#engine.relayNow();
  }

  #isValid({ credential }: IssuedCredential, at?: number): boolean {
    const { publicKey: signaturePublicKey } = this.#engine.device.signatureKeyPair;
    const time = at === undefined ? {} : { at };
    return this.#engine.authority.isValid({ credential, signaturePublicKey, ...time });
  }
}

function unanswered(cause: unknown): ReadbackError {
  return new ReadbackError("enrolment-failed", "Nobody has answered whether there is a credential.", {
    cause,
  });
}
