/** The lines of a text that comes in pieces; ends the reading when the reader stops. */
export async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
      if (done) break;
    }
    if (rest !== "") yield rest;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** One JSON object a line; empty lines are passed over. */
export async function* jsonLines(body: ReadableStream<Uint8Array>): AsyncGenerator {
  for await (const line of linesOf(body)) if (line !== "") yield JSON.parse(line);
}

/** The events of a server-sent stream: name, and the JSON of its data. */
export async function* serverEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<{ readonly type: string; readonly data: unknown }> {
  let type = "message";
  for await (const line of linesOf(body)) {
    if (line.startsWith("event: ")) type = line.slice(7);
    if (line.startsWith("data: ")) yield { type, data: JSON.parse(line.slice(6)) };
  }
}
