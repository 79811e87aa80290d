/** The objects of a stream that has one, as JSON, on each line. */
export async function* jsonLinesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator {
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield JSON.parse(line);
  }
}
