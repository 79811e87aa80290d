import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { BUSYBOX_IMAGE, type DockerService } from "./docker.js";

/** A real registry (Debian's package), on the daemon's own loopback; it wants a password for everything. */
export interface RegistryService {
  /** What names of its images begin with. */
  readonly server: string;
  readonly username: string;
  readonly password: string;
  /** Puts BUSYBOX_IMAGE there under a name, and takes that name away here; gives the name with the server. */
  push(name: string): Promise<string>;
  /** Ends it and removes its files. Idempotent. */
  stop(): Promise<void>;
}

const USERNAME = "r1-tests";
const PASSWORD = "only-for-tests";
/** Of the password, as bcrypt makes it. */
const PASSWORD_HASH = "$2y$05$abcdefghijklmnopqrstuuDt8u8tY.Zm8YU.pieFNyF5h5afvnc0a";
const PORT = 5_000;
const SERVER = `127.0.0.1:${PORT}`;
const READY = /listening on/;

/** Resolves when it listens. */
export async function startRegistry(service: DockerService): Promise<RegistryService> {
  const folder = await mkdtemp(join(tmpdir(), "registry-"));
  await writeFile(join(folder, "htpasswd"), `${USERNAME}:${PASSWORD_HASH}\n`);
  await writeFile(join(folder, "config.json"), JSON.stringify(configuration(folder)));
  const server = service.spawn("docker-registry", "serve", join(folder, "config.json"));
  await server.wrote(READY);
  let stopping: Promise<void> | undefined;
  return {
    ...{ server: SERVER, username: USERNAME, password: PASSWORD },
    push: (name) => push(service, `${SERVER}/${name}`),
    stop: () => (stopping ??= server.end("SIGKILL").then(() => rm(folder, { recursive: true }))),
  };
}

function configuration(folder: string): object {
  return {
    version: "0.1",
    log: { level: "info" },
    storage: { filesystem: { rootdirectory: join(folder, "images") } },
    http: { addr: SERVER },
    auth: { htpasswd: { realm: "tests", path: join(folder, "htpasswd") } },
  };
}

async function push({ docker }: DockerService, image: string): Promise<string> {
  const at = image.lastIndexOf(":");
  await docker.getImage(BUSYBOX_IMAGE).tag({ repo: image.slice(0, at), tag: image.slice(at + 1) });
  const authconfig = { username: USERNAME, password: PASSWORD, serveraddress: SERVER };
  const progress = await text(await docker.getImage(image).push({ authconfig }));
  if (progress.includes('"error"')) throw new Error(`${image} cannot be pushed: ${progress}`);
  await docker.getImage(image).remove();
  return image;
}
