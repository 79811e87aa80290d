import type { ContainerEngine, ContainerExit, ContainerId, LogLine } from "../../../keepers/containers/engine.js";
import { KeeperError } from "../../../keepers/core/errors.js";

/** The code that a rejected operation rejects with. */
export async function codeOf(operation: Promise<unknown>): Promise<string> {
  const error = await operation.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof KeeperError ? error.code : `no KeeperError but ${String(error)}`;
}

/** Everything that a container which runs now, or will, ends with. */
export async function exitOf(engine: ContainerEngine, id: ContainerId): Promise<ContainerExit> {
  const ended = new AbortController();
  for await (const event of engine.events(ended.signal)) {
    const status = event.type === "started" ? undefined : await engine.inspect(id);
    if (status?.exit !== undefined) return status.exit;
  }
  throw new Error(`the events ended before container ${id}`);
}

/** Lines until `enough`; the log may be behind what a container wrote. */
export async function linesOf(
  engine: ContainerEngine,
  id: ContainerId,
  enough: (lines: readonly LogLine[]) => boolean,
): Promise<readonly LogLine[]> {
  const lines: LogLine[] = [];
  for await (const line of engine.logs(id, { tail: 1_000, follow: true })) {
    lines.push(line);
    if (enough(lines)) break;
  }
  return lines;
}

/** Everything that comes, once no more does. */
export async function all<T>(values: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}
