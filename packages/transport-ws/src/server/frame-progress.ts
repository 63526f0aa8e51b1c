/**
 * Follows the bytes of a WebSocket from client to server just far enough to know where messages begin and end
 * (RFC 6455 §5.2): `ws` tells only of those that are whole, and an attacker's never are.
 */
export class FrameProgress {
  /** Messages that have come to their end. */
  finished = 0;
  /** Bytes of the message under way that have come, headers and control frames not counted. */
  bytes = 0;
  #isFragmented = false;
  #isFinal = true;
  #isControl = false;
  /** Bytes of the header that were read, and its length as far as known. */
  #headerRead = 0;
  #headerSize = 2;
  #lengthEnd = 2;
  #payloadLeft = 0;

  /** True between the first byte of a message and its last, also between its fragments. */
  get isUnderWay(): boolean {
    return this.#isFragmented || this.#headerRead > 0;
  }

  /** Takes what came from the network. Masked payloads and unmasked ones are both skipped. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#headerRead < this.#headerSize) {
        this.#readHeader(chunk[at] as number);
        at += 1;
      } else {
        const skipped = Math.min(this.#payloadLeft, chunk.length - at);
        this.#payloadLeft -= skipped;
        if (!this.#isControl) this.bytes += skipped;
        at += skipped;
      }
      if (this.#headerRead === this.#headerSize && this.#payloadLeft === 0) this.#finish();
    }
  }

  #readHeader(byte: number): void {
    const position = this.#headerRead;
    this.#headerRead += 1;
    if (position === 0) {
      this.#isFinal = byte >= 0x80;
      this.#isControl = (byte & 0x08) !== 0;
    } else if (position === 1) {
      const length = byte & 0x7f;
      const lengthSize = length === 126 ? 2 : length === 127 ? 8 : 0;
      this.#headerSize = 2 + lengthSize + (byte >= 0x80 ? 4 : 0);
      this.#payloadLeft = lengthSize === 0 ? length : 0;
      this.#lengthEnd = 2 + lengthSize;
    } else if (position < this.#lengthEnd) {
      this.#payloadLeft = this.#payloadLeft * 256 + byte;
    }
  }

  #finish(): void {
    this.#headerRead = 0;
    this.#headerSize = 2;
    if (this.#isControl) return;
    this.#isFragmented = !this.#isFinal;
    if (this.#isFragmented) return;
    this.finished += 1;
    this.bytes = 0;
  }
}
