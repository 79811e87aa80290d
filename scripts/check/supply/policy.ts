/** What the project takes from others, and on what terms. Whoever changes a line here says why in it. */

/** SPDX identifiers that put no duty on users of the keepers beyond keeping a notice. */
export const LICENCES: ReadonlySet<string> = new Set([
  ...["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "BlueOak-1.0.0", "Unlicense", "CC0-1.0"],
  ...["MIT-0", "WTFPL", "Zlib", "Python-2.0", "PSF-2.0", "CC-BY-3.0", "CC-BY-4.0", "Apache-2.0 WITH LLVM-exception"],
]);

/** Packages with other terms, by name, each with why that is all right here. */
export const LICENCE_EXCEPTIONS: Readonly<Record<string, string>> = {
  "@chainlink/contracts": "of it only files under MIT are compiled: the feed's interface, and its mock in tests",
  "@uniswap/v3-core":
    "its pool is deployed in tests only, and nothing of it is shipped; its interfaces are GPL-2.0-or-later",
  "@uniswap/v4-core": "of it only TickMath is compiled, which is MIT",
  "@nomicfoundation/ignition-ui": "MIT by its LICENSE file; its manifest does not say so",
  "@ethereumjs/rlp": "MPL-2.0, unchanged; a development tool's",
  "@ethereumjs/tx": "MPL-2.0, unchanged; a development tool's",
  "@ethereumjs/util": "MPL-2.0, unchanged; a development tool's",
};

/** Packages that may run a program of theirs while they are installed, each with what it does. */
export const INSTALL_SCRIPTS: Readonly<Record<string, string>> = {
  "cpu-features": "builds ssh2's optional addon; goes on without a compiler",
  esbuild: "checks that the binary of this platform is there",
  "msgpackr-extract": "picks the prebuilt addon, or builds it",
  node: "links the Node.js binary of this platform",
  protobufjs: "prints a warning about version ranges",
  secp256k1: "picks the prebuilt addon, or builds it; falls back to JavaScript",
  ssh2: "builds an optional addon of dockerode's SSH transport, which is not used here",
};

/** An advisory that is known and does no harm here, until somebody looks again. */
export interface AcceptedAdvisory {
  /** `GHSA-…`. */
  readonly id: string;
  readonly because: string;
  /** `YYYY-MM-DD`; the check fails from that day on. */
  readonly until: string;
}

export const ACCEPTED_ADVISORIES: readonly AcceptedAdvisory[] = [];
