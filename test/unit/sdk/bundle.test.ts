/** The SDK as a web page gets it: bundled for browsers, and run where there is nothing of Node. */
import { createContext, runInContext } from "node:vm";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { build } from "esbuild";
import { AbiCoder, Interface } from "ethers";
import { EncryptionKey } from "../../../keepers/deeploy/encryptionKey.js";
import { bytesToHex, hexToBytes } from "../../../keepers/protocol/bytes.js";
import { hashJobSpec, type JobSpec } from "../../../keepers/protocol/jobSpec.js";
import { decodeSecrets, hashSecrets } from "../../../keepers/protocol/secrets.js";
import { SigningKey } from "../../../keepers/protocol/signing.js";

const entry = fileURLToPath(new URL("../../../sdk/index.ts", import.meta.url));
const escrow = `0x${"e5".repeat(20)}`;
const token = `0x${"10".repeat(20)}`;
const catalog = `0x${"ca".repeat(20)}`;
const account = `0x${"ac".repeat(20)}`;
const domain = { chainId: 31_337n, verifyingContract: escrow };
const serviceKey = `0x${"42".repeat(32)}`;
const encryption = new EncryptionKey(new SigningKey(serviceKey));
const contracts = new Interface([
  "function TOKEN() view returns (address)",
  "function CATALOG() view returns (address)",
  "function rateOf(uint16 class, uint16 gpu) view returns (uint256)",
  "function balanceOf(address account) view returns (uint256)",
]);
const micro = { classId: 1, name: "MICRO", price: "10000000", milliCpu: 250, memoryMiB: 512, diskMiB: 2_048 };

/** What browsers have and the language itself has not. */
const page = {
  ...{
    TextEncoder,
    TextDecoder,
    URL,
    URLSearchParams,
    AbortController,
    AbortSignal,
    Headers,
    Request,
    Response,
    FormData,
  },
  ...{ crypto, ReadableStream, setTimeout, clearTimeout, structuredClone, atob, btoa },
  // Of this realm, as what the functions above give and take.
  ...{ Uint8Array, ArrayBuffer, TypeError },
};

/** A wallet in a page, whose account has no R1. */
function ethereum(asked: { method: string; params?: unknown[] }): unknown {
  const answers: Record<string, () => unknown> = {
    eth_chainId: () => "0x7a69",
    eth_accounts: () => [account],
    eth_requestAccounts: () => [account],
    eth_blockNumber: () => "0x1",
    eth_getCode: () => "0x",
    eth_signTypedData_v4: () => `0x${"5a".repeat(64)}1b`,
    eth_call: () => called(asked.params as [{ data: string }]),
  };
  const answer = answers[asked.method];
  if (answer === undefined) throw new Error(`the wallet was asked for ${asked.method}`);
  return answer();
}

function called([{ data }]: [{ data: string }]): string {
  const values = { TOKEN: token, CATALOG: catalog, rateOf: 10n ** 18n, balanceOf: 0n } as const;
  const { name } = contracts.parseTransaction({ data })!;
  const value = values[name as keyof typeof values];
  return AbiCoder.defaultAbiCoder().encode([typeof value === "bigint" ? "uint256" : "address"], [value]);
}

describe("the SDK's bundle", () => {
  let code: string;
  let inputs: string[];

  before(async () => {
    const result = await build({
      ...{ entryPoints: [entry], bundle: true, write: false, metafile: true, logLevel: "silent" },
      ...{ format: "iife", globalName: "sdk", platform: "browser" },
    });
    code = result.outputFiles[0]!.text;
    inputs = Object.keys(result.metafile.inputs);
  });

  it("is made of what a browser can load", () => {
    const keepers = inputs.filter((path) => path.startsWith("keepers/"));
    expect(keepers.filter((path) => !path.startsWith("keepers/protocol/"))).to.deep.equal([]);
    expect(inputs.filter((path) => path.includes("node:") || path.endsWith(".node"))).to.deep.equal([]);
  });

  it("finds the network, seals secrets and signs requests without anything of Node", async () => {
    const requests: { path: string; headers: Record<string, string>; body: string }[] = [];
    const key = new SigningKey(serviceKey);
    const answers: Record<string, unknown> = {
      "/network": { chainId: 31_337, escrow, catalog, token, epoch: 3 },
      "/classes": { classes: [{ ...micro, isGpu: false, isOffered: true }] },
      "/key": {
        publicKey: bytesToHex(encryption.publicKey),
        account: key.address,
        signature: encryption.signedBy(key, domain),
      },
    };
    const fetch = async (request: Request): Promise<Response> => {
      const path = new URL(request.url).pathname;
      const body = await request.text();
      requests.push({ path, headers: Object.fromEntries(request.headers), body });
      if (path !== "/jobs") return Response.json(answers[path]);
      return Response.json({ specHash: hashJobSpec((JSON.parse(body) as { spec: JobSpec }).spec) });
    };
    const wallet = { request: async (asked: { method: string }) => ethereum(asked) };
    const context = createContext({ ...page, fetch, wallet });
    runInContext("globalThis.self = globalThis", context);
    runInContext(code, context);
    const outcome: unknown = await runInContext(
      `(async () => {
        const session = await sdk.createSession({ wallet, endpoints: ["https://deeploy.example/"] });
        const app = session.createContainerApp({ name: "web", image: "busybox", class: "micro", secrets: { TOKEN: "shh" } });
        const failure = await app.deploy().catch((error) => error);
        return [session.account, failure.name, failure.code, typeof Buffer, typeof process, typeof require].join(" ");
      })()`,
      context,
    );
    expect(outcome).to.equal(`${account} SdkError INSUFFICIENT_BALANCE undefined undefined undefined`);
    const stored = requests.find(({ path }) => path === "/jobs")!;
    expect(stored.headers).to.include({ "r1-account": account, "r1-signature": `0x${"5a".repeat(64)}1b` });
    const { spec, secrets } = JSON.parse(stored.body) as { spec: JobSpec; secrets: string };
    const opened = decodeSecrets(encryption.open(hexToBytes(secrets)));
    expect(opened.values).to.deep.equal({ TOKEN: "shh" });
    expect(spec.secretsHash).to.equal(hashSecrets(opened));
    expect(stored.body).not.to.contain("shh");
  });
});
