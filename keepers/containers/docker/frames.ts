/** One piece of a container's output, as the daemon multiplexes them. */
export interface Frame {
  readonly stream: "stdout" | "stderr";
  readonly payload: Buffer;
}

const HEADER = 8;
const STDERR = 2;
const LENGTH_AT = 4;

/** Takes the daemon's stream apart: a byte for the stream, three unused, four of length, and the output. */
export async function* framesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= HEADER) {
      const end = HEADER + rest.readUInt32BE(LENGTH_AT);
      if (rest.length < end) break;
      yield { stream: rest[0] === STDERR ? "stderr" : "stdout", payload: rest.subarray(HEADER, end) };
      rest = rest.subarray(end);
    }
  }
}

/** Everything in one text, at most `limit` bytes of it; what comes after is read and dropped. */
export async function outputOf(chunks: AsyncIterable<Buffer>, limit: number): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const { payload } of framesOf(chunks)) {
    if (length >= limit) continue;
    const part = payload.subarray(0, limit - length);
    parts.push(part);
    length += part.length;
  }
  return Buffer.concat(parts).toString();
}
