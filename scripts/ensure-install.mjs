/**
 * Makes node_modules agree with package-lock.json before `npm start` and `npm test`. Plain JavaScript on Node 18, because
 * it runs before anything is installed, and on whatever Node the user has.
 *
 * The install itself runs under the pinned Node and npm: an older Node leaves out Hardhat's native package, and other npm
 * versions read the lock file differently.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const NODE = "node@24.21.0";
const NPM = "npm@11.6.4";
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const STAMP = `${ROOT}node_modules/.installed-lock`;
const UNREACHABLE =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|network request/;

const lock = readFileSync(`${ROOT}package-lock.json`);
const fingerprint = createHash("sha256").update(lock).digest("hex");

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Optional packages are other platforms' binaries and what hangs on those; the ones made for this machine must be there. */
function isNeeded({ optional, os, cpu, libc, version }) {
  if (version === undefined) return false;
  if (!optional) return true;
  return Boolean(os?.includes(process.platform) && cpu?.includes(process.arch) && libc === undefined);
}

/** npm records what it installed in a lock file of its own: a tree made by `npm ci` or `npm install` needs no second one. */
function isInstalledAsLocked() {
  const recorded = readIfThere(`${ROOT}node_modules/.package-lock.json`);
  if (recorded === undefined) return false;
  const installed = JSON.parse(recorded).packages;
  return Object.entries(JSON.parse(lock.toString()).packages)
    .filter(([path, entry]) => path !== "" && isNeeded(entry))
    .every(([path, entry]) => installed[path]?.version === entry.version);
}

function install() {
  const args = ["-y", "-p", NODE, "-p", NPM, "-c", "npm ci"];
  process.stdout.write(`installing the packages of package-lock.json with ${NODE} and ${NPM} (a minute or two)\n`);
  return new Promise((resolve) => {
    const windows = process.platform === "win32";
    const child = spawn("npx", windows ? args.map((arg) => JSON.stringify(arg)) : args, {
      cwd: ROOT,
      stdio: ["ignore", "inherit", "pipe"],
      shell: windows,
    });
    let complaints = "";
    child.stderr.on("data", (chunk) => {
      complaints = (complaints + chunk).slice(-20_000);
      process.stderr.write(chunk);
    });
    child.on("error", (error) => resolve({ status: 1, complaints: `npx cannot be started: ${error.message}` }));
    child.on("close", (status) => resolve({ status, complaints }));
  });
}

function explain({ status, complaints }) {
  if (UNREACHABLE.test(complaints)) {
    return "The npm registry cannot be reached: check the network, the proxy and `npm config get registry`, then run the command again.";
  }
  if (complaints.startsWith("npx cannot")) return `${complaints}: is npm installed and in PATH?`;
  return `npm ci ended with status ${status}: its own message is above.`;
}

async function main() {
  if (readIfThere(STAMP)?.trim() === fingerprint) return;
  if (!isInstalledAsLocked()) {
    rmSync(STAMP, { force: true });
    const result = await install();
    if (result.status !== 0) {
      process.stderr.write(`\nThe packages could not be installed. ${explain(result)}\n`);
      process.exitCode = 1;
      return;
    }
    process.stdout.write("packages installed\n");
  }
  writeFileSync(STAMP, `${fingerprint}\n`);
}

await main();
