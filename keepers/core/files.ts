import { dirname } from "node:path";
import type { z } from "zod";
import type { Disk } from "./disk.js";
import { KeeperError } from "./errors.js";

/** Ends the names of files that are being written; what carries it after a crash is rubbish. */
export const temporarySuffix = ".writing";

/**
 * Writes a whole file so that, whatever happens, its name holds either all of the old bytes or all of the new ones, and
 * once resolved the new ones survive a power cut. Two calls for one path must not overlap.
 */
export async function writeFileAtomic(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = path + temporarySuffix;
  try {
    await writeDurably(disk, temporary, bytes);
    await disk.rename(temporary, path);
  } catch (error) {
    await disk.remove(temporary).catch(() => undefined);
    throw error;
  }
  await disk.syncDirectory(dirname(path));
}

/** The JSON of a file, checked; undefined when there is no file; `FILE_INVALID` when it is not what the schema wants. */
export async function readJson<T>(disk: Disk, path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const bytes = await disk.readFile(path);
  if (bytes === undefined) return undefined;
  const result = schema.safeParse(parseJson(path, bytes));
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => `${issue.path.join(".") || "it"}: ${issue.message}`);
  throw new KeeperError("FILE_INVALID", `${path} is not what it should be: ${issues.join("; ")}`);
}

/** Writes a value as readable JSON, atomically. */
export async function writeJson(disk: Disk, path: string, value: unknown): Promise<void> {
  await writeFileAtomic(disk, path, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));
}

async function writeDurably(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const file = await disk.open(path);
  try {
    await file.truncate(0);
    await file.write(0, bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

function parseJson(path: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new KeeperError("FILE_INVALID", `${path} is not JSON`, { cause });
  }
}
