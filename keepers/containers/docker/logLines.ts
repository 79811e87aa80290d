import type { LogLine } from "../engine.js";
import type { Frame } from "./frames.js";

interface Unfinished {
  readonly at: number;
  readonly text: string;
}

const LONGEST = 16_384;
/** Bytes of a piece that the daemon cut off; the last piece of a line has fewer, and may lack its end of line. */
const PIECE = 16_384;

/** Lines out of frames that begin with their time; the daemon cuts long ones into pieces of 16 KiB. */
export async function* linesOf(frames: AsyncIterable<Frame>): AsyncGenerator<LogLine> {
  const unfinished = new Map<Frame["stream"], Unfinished>();
  for await (const { stream, payload } of frames) {
    const { at, text } = split(payload.toString());
    const line = unfinished.get(stream) ?? { at, text: "" };
    const longer = line.text.length < LONGEST ? line.text + text : line.text;
    unfinished.set(stream, { at: line.at, text: longer });
    if (!text.endsWith("\n") && Buffer.byteLength(text) >= PIECE) continue;
    unfinished.delete(stream);
    yield finished(stream, { at: line.at, text: longer });
  }
  for (const [stream, line] of unfinished) yield finished(stream, line);
}

function finished(stream: Frame["stream"], { at, text }: Unfinished): LogLine {
  return { at, stream, text: text.replace(/\r?\n$/, "").slice(0, LONGEST) };
}

function split(frame: string): { at: number; text: string } {
  const space = frame.indexOf(" ");
  const at = Date.parse(frame.slice(0, space));
  return Number.isNaN(at) ? { at: 0, text: frame } : { at, text: frame.slice(space + 1) };
}
