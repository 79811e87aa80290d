import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { ApiError } from "../../core/http/apiError.js";
import type { Address } from "../../protocol/bytes.js";

export interface StreamLimits {
  /** Open at a time, in all and for one account. */
  readonly total: number;
  readonly perAccount: number;
}

/** Answers that go on for as long as somebody listens, a bounded number of them. */
export class Streams {
  readonly #limits: StreamLimits;
  readonly #open = new Map<Address, number>();
  #total = 0;

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  /**
   * Sends what a source gives, piece by piece, until it ends or the client is gone; the signal then ends the source.
   * @throws ApiError 429 `TOO_MANY_STREAMS`; what `open` throws, before anything is sent
   */
  async send(
    reply: FastifyReply,
    account: Address,
    contentType: string,
    open: (signal: AbortSignal) => Promise<AsyncIterable<string>>,
  ): Promise<FastifyReply> {
    const release = this.#take(account);
    const gone = new AbortController();
    reply.raw.once("close", () => {
      release();
      gone.abort();
    });
    const source = await open(gone.signal);
    return reply
      .type(contentType)
      .headers({ "cache-control": "no-store", "x-accel-buffering": "no" })
      .send(Readable.from(source));
  }

  #take(account: Address): () => void {
    const mine = this.#open.get(account) ?? 0;
    if (mine >= this.#limits.perAccount || this.#total >= this.#limits.total) {
      throw new ApiError(429, "TOO_MANY_STREAMS", "too many streams are open; close one first");
    }
    this.#open.set(account, mine + 1);
    this.#total += 1;
    return () => {
      this.#total -= 1;
      const left = (this.#open.get(account) ?? 1) - 1;
      if (left === 0) this.#open.delete(account);
      else this.#open.set(account, left);
    };
  }
}

/** One JSON object a line. */
export async function* ndjson(items: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const item of items) yield `${JSON.stringify(item)}\n`;
}
