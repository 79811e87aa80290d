import { connect } from "node:net";
import type { WildRequest } from "./wildRequests.js";

/** What came back; status undefined when the connection was closed without an answer. */
export interface RawAnswer {
  readonly status: number | undefined;
  readonly text: string;
}

/** Longest that an answer may take to end; far beyond what any does. */
const HANGING_MS = 20_000;

/** Sends bytes on a connection of their own; of a request that is cut nothing is waited for. Rejects when the answer never ends. */
export function exchange(port: number, { bytes, isCut }: WildRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    const parts: Buffer[] = [];
    socket.setTimeout(HANGING_MS, () => {
      socket.destroy();
      reject(new Error(`no end of the answer to ${JSON.stringify(bytes.subarray(0, 300).toString("latin1"))}`));
    });
    socket.on("data", (part) => parts.push(part));
    // Cut off while it still sends, as with a body that is too long.
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answerOf(Buffer.concat(parts).toString("latin1"))));
    socket.write(bytes, () => {
      if (isCut) socket.destroy();
    });
  });
}

function answerOf(text: string): RawAnswer {
  const last = [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gmu)].at(-1)?.[1];
  return { status: last === undefined ? undefined : Number(last), text };
}
