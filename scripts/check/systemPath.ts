import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Where Debian puts servers, which the PATH of ordinary users leaves out. */
const SERVERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** The PATH with the folders of servers at its end. */
export function systemPath(path = process.env["PATH"] ?? ""): string {
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  return [...folders, ...SERVERS.filter((folder) => !folders.includes(folder))].join(delimiter);
}

/** Where a program is; undefined when it is nowhere. */
export function findProgram(name: string, path = systemPath()): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
