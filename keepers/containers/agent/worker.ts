import type { WorkerSpec } from "../../protocol/jobSpec.js";

/** Where a worker's repository is in its container. */
const folder = "/tmp/worker";

/** `$1` repository, `$2` ref, then the command. Servers that give no single commits are asked for everything. */
const clone = `set -e
mkdir -p ${folder} && cd ${folder}
git init -q
git fetch -q --depth 1 -- "$1" "$2" || git fetch -q -- "$1" "+refs/heads/*:refs/remotes/origin/*"
git checkout -q -f --detach "$2" 2>/dev/null || git checkout -q -f --detach FETCH_HEAD
shift 2
exec "$@"`;

/** Prints the commit that runs, then those that the ref names now. */
const look = `git -C ${folder} rev-parse HEAD && git ls-remote -- "$1" "$2" "$2^{}"`;

/** What a worker's container runs: it fetches the repository, and then becomes the command. */
export function workerCommand({ repository, ref, command }: WorkerSpec): string[] {
  return ["/bin/sh", "-c", clone, "worker", repository, ref, ...command];
}

/** What a running worker is asked, to find out whether there are new commits. */
export function lookForCommits({ repository, ref }: WorkerSpec): string[] {
  return ["/bin/sh", "-c", look, "look", repository, ref];
}

/** Whether the answer to `lookForCommits` tells of a commit that does not run yet. */
export function hasNewCommit(output: string): boolean {
  const commits = output.match(/^[0-9a-f]{40,64}\b/gmu) ?? [];
  const [running, ...named] = commits;
  return running !== undefined && named.length > 0 && !named.includes(running);
}
