import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import type { Disk } from "../../keepers/core/disk.js";
import { KeeperError } from "../../keepers/core/errors.js";

/** Where the keepers keep what they keep. */
export interface DataFolder {
  readonly path: string;
  /** Removes it, unless its user named it. */
  close(): Promise<void>;
}

/**
 * @param wanted undefined: a temporary folder
 * @throws KeeperError `DISK_FAILED`, or `FOLDER_NOT_EMPTY`: every run has a new chain, and an oracle's votes on an old one
 * would contradict it
 */
export async function openDataFolder(
  wanted: string | undefined,
  { disk }: { readonly disk: Disk },
): Promise<DataFolder> {
  if (wanted === undefined) {
    const path = await mkdtemp(join(tmpdir(), "r1-network-"));
    return { path, close: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
  }
  const path = resolve(wanted);
  await disk.makeDirectory(path);
  if ((await readdir(path)).length > 0) {
    const message = `--data ${path} is not empty: every start makes a new chain, which old data does not fit; name another folder`;
    throw new KeeperError("FOLDER_NOT_EMPTY", message);
  }
  await checkWritable(join(path, "deployment.json"), disk);
  return { path, close: () => Promise.resolve() };
}

/**
 * Finds out now whether a file can be written later.
 * @throws KeeperError `DISK_FAILED` that names it
 */
export async function checkWritable(path: string, disk: Disk): Promise<void> {
  const probe = `${path}.probe`;
  await (await disk.open(probe)).close();
  await disk.remove(probe);
}
