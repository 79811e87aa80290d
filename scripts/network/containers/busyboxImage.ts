import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";

import type Docker from "dockerode";

import { findProgram } from "../../check/systemPath.js";

/** An image of a static busybox under all its names; its shell finds `httpd`, `nc`, `wget`, `dd`, `nslookup` and so on. */
export const BUSYBOX_IMAGE = "r1-busybox:1";

const FOLDERS = ["bin", "etc", "tmp", "proc", "sys", "dev", "var"];
const WORLD_WRITABLE = 0o1777;

const run = promisify(execFile);

/** Makes the image on the daemon, for no registry can be reached. @param volumes paths that it declares as volumes */
export async function importBusybox(
  docker: Docker,
  name = BUSYBOX_IMAGE,
  volumes: readonly string[] = [],
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "busybox-"));
  try {
    await writeRoot(join(folder, "root"));
    const archive = join(folder, "root.tar");
    await run("tar", ["-C", join(folder, "root"), "-cf", archive, "."]);
    const [repo, tag] = name.split(":");
    const changes = [...volumes.map((path) => `VOLUME ${path}`), `CMD ["sh"]`];
    const answer = await docker.importImage(archive, { repo, tag, changes });
    await text(answer as AsyncIterable<Buffer>);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function writeRoot(root: string): Promise<void> {
  const busybox = findProgram("busybox");
  if (busybox === undefined) throw new Error("busybox is not installed: it comes in the package busybox-static");
  for (const folder of FOLDERS) await mkdir(join(root, folder), { recursive: true });
  await mkdir(join(root, "tmp"), { recursive: true, mode: WORLD_WRITABLE });
  await copyFile(busybox, join(root, "bin/busybox"));
  const { stdout } = await run(busybox, ["--list"]);
  const names = stdout.split("\n").filter((name) => name !== "" && name !== "busybox");
  for (const name of names) await symlink("busybox", join(root, "bin", name));
  await writeFile(join(root, "etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
}
