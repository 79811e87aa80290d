import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { describeError, KeeperError } from "./errors.js";

/** Far more than any keystore, password or token has. */
const MOST_BYTES = 65_536;

/**
 * The text of a file that holds a secret. Others than its owner must not be able to read or write it, and its owner must be whoever runs
 * this process, or root; that root's group may read it too is how systemd hands out credentials. Looked at and read through one
 * descriptor, so that nobody swaps the file in between. Throws `FILE_UNREADABLE`, or `FILE_EXPOSED` with what to do.
 */
export function readPrivateFile(path: string): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    check(path, fstatSync(descriptor));
    return readFileSync(descriptor, "utf8");
  } catch (error) {
    if (error instanceof KeeperError) throw error;
    throw new KeeperError("FILE_UNREADABLE", `cannot read ${path}: ${describeError(error)}`);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function check(path: string, stats: Stats): void {
  if (!stats.isFile() || stats.size > MOST_BYTES) {
    throw new KeeperError("FILE_UNREADABLE", `cannot read ${path}: want a file of at most ${MOST_BYTES} bytes`);
  }
  const me = process.getuid?.();
  if (me === undefined) return; // Windows: no such modes.
  if (stats.uid !== me && stats.uid !== 0) {
    const message = `${path} belongs to user ${stats.uid}, who could change it: chown it to user ${me}, who runs this process`;
    throw new KeeperError("FILE_EXPOSED", message);
  }
  const tolerated = stats.gid === 0 ? 0o040 : 0;
  if ((stats.mode & 0o077 & ~tolerated) === 0) return;
  const mode = (stats.mode & 0o777).toString(8).padStart(4, "0");
  throw new KeeperError("FILE_EXPOSED", `${path} is open to other users (mode ${mode}): chmod 600 it`);
}
