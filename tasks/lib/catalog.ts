import { KeeperError } from "../../keepers/core/errors.js";
import { scanEvents } from "./events.js";
import type { Protocol } from "./protocol.js";
import type { Terminal } from "./terminal.js";

/** A class or a GPU add-on of the catalog. */
export interface CatalogEntry {
  readonly id: number;
  readonly name: string;
  /** US dollars per epoch and node, with 8 decimals. */
  readonly price: bigint;
  readonly milliCpu: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  readonly isGpu: boolean;
  readonly isOffered: boolean;
}

/** Every class there ever was, as it is now, by id. Names are in events alone. */
export async function readCatalog(protocol: Protocol, terminal: Terminal): Promise<readonly CatalogEntry[]> {
  const catalog = protocol.contracts.resourceCatalog;
  const events = await terminal.during("reading the catalog", (relabel) =>
    scanEvents(protocol, (from, to) => catalog.queryFilter(catalog.filters.ClassSet(), from, to), relabel),
  );
  const entries = new Map<number, CatalogEntry>();
  for (const { args } of events) {
    // The generated types do not know a field of that name.
    const [, , { price, milliCpu, memoryMiB, diskMiB, isGpu, isOffered }] = args;
    const amounts = { milliCpu: Number(milliCpu), memoryMiB: Number(memoryMiB), diskMiB: Number(diskMiB) };
    entries.set(Number(args.id), { id: Number(args.id), name: args.name, price, ...amounts, isGpu, isOffered });
  }
  return [...entries.values()].sort((a, b) => a.id - b.id);
}

/** The entry with this name, in any case, or id. @throws KeeperError `CLASS_UNKNOWN` that lists what is offered */
export function findEntry(entries: readonly CatalogEntry[], text: string, isGpu: boolean, what: string): CatalogEntry {
  const offered = entries.filter((entry) => entry.isGpu === isGpu && entry.isOffered);
  const found = offered.find(({ id, name }) => name.toUpperCase() === text.toUpperCase() || id.toString() === text);
  if (found !== undefined) return found;
  const names = offered.map(({ name }) => name).join(", ");
  throw new KeeperError("CLASS_UNKNOWN", `${what}: got ${JSON.stringify(text)}, want one of ${names}`);
}

/** The name of a class, or its id where the catalog never had it. */
export function nameOf(entries: readonly CatalogEntry[], id: number): string {
  return entries.find((entry) => entry.id === id)?.name ?? `class ${id}`;
}
