import { resolve } from "node:path";

import { ZeroHash } from "ethers";
import { z } from "zod";

import { SystemClock } from "../../keepers/core/clock.js";
import { SystemDisk } from "../../keepers/core/disk.js";
import { describeError, KeeperError } from "../../keepers/core/errors.js";
import { requestJson } from "../../keepers/node/httpJson.js";
import { type LeafFile, treeOf } from "../../keepers/protocol/leafFile.js";
import { decodeLeaves, requireSameLedger } from "./leafProofs.js";
import type { Session } from "./session.js";

/** Options that say where two leaf files come from. */
export interface LeafFileArguments {
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly oracle: string | undefined;
}

export interface LeafPair {
  /** Undefined when the pending root is the first of all. */
  readonly before: LeafFile | undefined;
  readonly after: LeafFile;
}

const TIMEOUT_MS = 60_000;
const MAXIMUM_BYTES = 64 * 1024 * 1024;
const OK = 200;

const commitsSchema = z.object({ epochs: z.array(z.object({ epoch: z.int().min(0), root: z.string() })) });

/**
 * The leaf file of the pending root and that of the root before it, checked against the chain.
 * @throws KeeperError `LEAVES_MISSING`, `LEAVES_INVALID`, `LEAVES_FOREIGN` or `ORACLE_FAILED`, each naming the file
 */
export async function readLeafPair(
  args: LeafFileArguments,
  pending: { readonly root: string; readonly epoch: bigint },
  session: Session,
): Promise<LeafPair> {
  const protocol = await session.protocol();
  const { before, after } = args.oracle === undefined ? await fromDisk(args) : await fromOracle(args.oracle, session);
  await requireSameLedger(after.file, after.name, protocol);
  requireRoot(after, pending.root, `the pending root, of epoch ${pending.epoch.toString()}`);
  const { previousRoot } = after.file;
  if (previousRoot === ZeroHash) return { before: undefined, after: after.file };
  if (before === undefined) {
    throw new KeeperError("LEAVES_MISSING", "give --before too: the leaf file of the last active epoch");
  }
  await requireSameLedger(before.file, before.name, protocol);
  requireRoot(before, previousRoot, "the root that the pending one builds on");
  return { before: before.file, after: after.file };
}

interface NamedFile {
  readonly name: string;
  readonly file: LeafFile;
}

interface NamedPair {
  readonly before: NamedFile | undefined;
  readonly after: NamedFile;
}

function requireRoot({ name, file }: NamedFile, root: string, what: string): void {
  const found = treeOf(file).root;
  if (found === root) return;
  throw new KeeperError("LEAVES_FOREIGN", `leaf file ${name} has root ${found}, and ${what} is ${root}`);
}

async function fromDisk({ before, after }: LeafFileArguments): Promise<NamedPair> {
  if (after === undefined) {
    const message =
      "give the leaf files with --before and --after, or --oracle with the URL of an oracle that has them";
    throw new KeeperError("LEAVES_MISSING", message);
  }
  return { before: before === undefined ? undefined : await readFile(before), after: await readFile(after) };
}

async function readFile(path: string): Promise<NamedFile> {
  const name = resolve(path);
  const bytes = await new SystemDisk().readFile(name);
  if (bytes === undefined) throw new KeeperError("LEAVES_NOT_FOUND", `there is no leaf file ${name}`);
  return { name, file: decodeLeaves(bytes, name) };
}

async function fromOracle(oracle: string, session: Session): Promise<NamedPair> {
  const url = oracle.replace(/\/+$/u, "");
  const request = { url: `${url}/epochs?limit=2`, timeoutMs: TIMEOUT_MS };
  const { status, body } = await requestJson(request, { clock: new SystemClock() });
  const answer = commitsSchema.safeParse(body);
  if (status !== OK || !answer.success) throw failed(url, `answered with status ${status} and no list of epochs`);
  const [last, previous] = answer.data.epochs;
  if (last === undefined) throw failed(url, "knows of no committed epoch");
  const after = await session.terminal.during("reading leaf files", () => download(url, last.epoch));
  return { before: previous && (await download(url, previous.epoch)), after };
}

async function download(url: string, epoch: number): Promise<NamedFile> {
  const name = `${url}/epochs/${epoch}/leaves`;
  try {
    const answer = await fetch(name, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!answer.ok) throw failed(url, `answered with status ${answer.status} for the leaf file of epoch ${epoch}`);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (bytes.length > MAXIMUM_BYTES) throw failed(url, `gave a leaf file of ${bytes.length} bytes`);
    return { name, file: decodeLeaves(bytes, name) };
  } catch (error) {
    if (error instanceof KeeperError) throw error;
    throw failed(url, `did not give the leaf file of epoch ${epoch}: ${describeError(error)}`);
  }
}

function failed(url: string, what: string): KeeperError {
  return new KeeperError("ORACLE_FAILED", `oracle ${url} ${what}: ask another one, or use --before and --after`);
}
