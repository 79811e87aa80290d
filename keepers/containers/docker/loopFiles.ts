import { mkdir, readdir, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KeeperError } from "../../core/errors.js";
import { SerialQueue } from "../../core/serial.js";
import type { HostCommand } from "./hostCommand.js";

const MIB = 2 ** 20;
const IMAGE = ".ext4";
const DEVICE = ".device";
const WAITING = 1_024;
/** Every user of the image may write, and no folder of the file system's own is in the way of programs that want none. */
const PREPARE = ["set_inode_field / mode 040777", "rmdir lost+found"];

/**
 * Files that hold a file system each: the one kind of volume whose size the kernel itself holds to. They are attached to loop
 * devices, of which the number changes from boot to boot; a link beside the file always leads to the present one.
 */
export class LoopFiles {
  readonly #folder: string;
  readonly #run: HostCommand;
  readonly #serial = new SerialQueue({ limit: WAITING });

  /** @param options `folder` belongs to this node alone */
  constructor(options: { readonly folder: string }, dependencies: { readonly run: HostCommand }) {
    this.#folder = options.folder;
    this.#run = dependencies.run;
  }

  /** Whether this process may make and attach them. */
  async usable(): Promise<boolean> {
    const programs = [this.#run("mkfs.ext4", "-V"), this.#run("losetup", "--find"), this.#run("debugfs", "-V")];
    return (await Promise.all(programs)).every(({ code }) => code === 0);
  }

  /** Where the daemon finds the device. The file is made unless it is there, and attached unless it is. */
  ensure(job: string, name: string, sizeMiB: number): Promise<string> {
    return this.#serial.run(async () => {
      const folder = join(this.#folder, job);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      if (!(await readdir(folder)).includes(name + IMAGE)) await this.#make(join(folder, name + IMAGE), sizeMiB);
      return this.#attach(folder, name);
    });
  }

  /** After a reboot. Harmless when it is attached. */
  async attach(job: string, name: string): Promise<void> {
    await this.#serial.run(() => this.#attach(join(this.#folder, job), name));
  }

  /** All of a job, with their data. Harmless when there are none. */
  async remove(job: string): Promise<void> {
    await this.#serial.run(async () => {
      const folder = join(this.#folder, job);
      const names = await readdir(folder).catch(() => []);
      for (const name of names.filter((each) => each.endsWith(IMAGE))) {
        const device = await this.#deviceOf(join(folder, name));
        if (device !== undefined) await this.#must("losetup", "--detach", device);
      }
      await rm(folder, { recursive: true, force: true });
    });
  }

  /** Under another name first, so that a crash leaves no half of it. */
  async #make(file: string, sizeMiB: number): Promise<void> {
    const draft = `${file}.new`;
    await writeFile(draft, "", { mode: 0o600 });
    await truncate(draft, sizeMiB * MIB);
    await this.#must("mkfs.ext4", "-q", "-F", "-m", "0", draft);
    for (const request of PREPARE) await this.#must("debugfs", "-w", "-R", request, draft);
    await rename(draft, file);
  }

  async #attach(folder: string, name: string): Promise<string> {
    const file = join(folder, name + IMAGE);
    const device =
      (await this.#deviceOf(file)) ?? (await this.#must("losetup", "--find", "--show", "--nooverlap", file));
    const link = join(folder, name + DEVICE);
    await rm(`${link}.new`, { force: true });
    await symlink(device, `${link}.new`);
    await rename(`${link}.new`, link);
    return link;
  }

  async #deviceOf(file: string): Promise<string | undefined> {
    const { output } = await this.#run("losetup", "--associated", file, "--noheadings", "--output", "NAME");
    return output.startsWith("/dev/") ? output.split(/\s/)[0] : undefined;
  }

  async #must(program: string, ...args: string[]): Promise<string> {
    const { code, output } = await this.#run(program, ...args);
    if (code === 0) return output;
    throw new KeeperError("ENGINE_FAILED", `a volume cannot be made: ${program} says ${output || `status ${code}`}`);
  }
}
