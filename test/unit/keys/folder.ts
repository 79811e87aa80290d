import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of a test's own. */
export class Folder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<Folder> {
    return new Folder(await mkdtemp(join(tmpdir(), "r1-keys-")));
  }

  /** Writes a file with exactly these rights, whatever the umask, and gives its path. */
  async file(name: string, content: string, mode = 0o600): Promise<string> {
    const path = join(this.path, name);
    await writeFile(path, content);
    await chmod(path, mode);
    return path;
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }
}
