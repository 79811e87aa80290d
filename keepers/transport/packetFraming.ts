/**
 * Follows a stream of MQTT control packets by their headers alone and says when one is announced that is larger than
 * allowed, before anybody keeps its bytes: the broker's own parser would gather up to 256 MB for a client it does not know.
 */
export class PacketFraming {
  readonly #maximumBytes: number;
  /** Bytes of the current packet's body still to come; undefined while in a header. */
  #body: number | undefined;
  #headerBytes = 0;
  #length = 0;

  /** @param maximumBytes largest body ("remaining length") of a packet. */
  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  /** False as soon as the stream announces a packet that is too large or a length that MQTT does not allow. */
  accept(chunk: Uint8Array): boolean {
    let position = 0;
    while (position < chunk.length) {
      if (this.#body === undefined) {
        if (!this.#header(chunk[position] as number)) return false;
        position += 1;
      } else {
        const taken = Math.min(this.#body, chunk.length - position);
        position += taken;
        this.#body -= taken;
      }
      if (this.#body === 0) this.#body = undefined;
    }
    return true;
  }

  /** The first byte is the kind; then come up to four bytes of length, seven bits each, least significant first. */
  #header(byte: number): boolean {
    const index = this.#headerBytes;
    this.#headerBytes += 1;
    if (index === 0) return true;
    this.#length += (byte & 0x7f) * 128 ** (index - 1);
    if (this.#length > this.#maximumBytes) return false;
    if (byte >= 0x80) return index < 4;
    this.#body = this.#length;
    this.#headerBytes = 0;
    this.#length = 0;
    return true;
  }
}
