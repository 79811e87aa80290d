import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import { id, JsonRpcProvider, type Log, toBeHex, zeroPadValue } from "ethers";

import type { DeedReport, Report } from "../../../scripts/network/report.js";
import { type ClassTerms, minedBy } from "./law.js";
import { type End, NetworkProcess } from "./process.js";

const LONG_RUN_MS = 300_000;
const SHORT_RUN_MS = 60_000;
const EPOCHS = 3;
const NODES = 6;
const ETHER = 10n ** 18n;
/** Of what the Genesis deed mines, in basis points. */
const POOLS = {
  LiquidityPool: 2671n,
  ExpensesPool: 1384n,
  MarketingPool: 754n,
  GrantsPool: 3460n,
  SocialResponsibilityPool: 1731n,
};
const KINDS: Readonly<Record<string, bigint>> = { ND: 1n, MND: 2n, GND: 3n };

const deedIdOf = ({ kind, tokenId }: DeedReport) => ((KINDS[kind] ?? 0n) << 248n) | BigInt(tokenId);
const sum = (values: readonly (string | bigint)[]) =>
  values.reduce((total: bigint, value) => total + BigInt(value), 0n);

describe("npm start", () => {
  let folder: string;
  const processes: NetworkProcess[] = [];

  const start = (...args: string[]) => {
    const started = new NetworkProcess(["--port", "0", "--epoch-seconds", "16", ...args], folder);
    processes.push(started);
    return started;
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "r1-start-"));
  });

  after(async () => {
    for (const started of processes) started.signal("SIGKILL");
    await Promise.all(processes.map(({ ended }) => ended));
    await rm(folder, { recursive: true, force: true });
  });

  describe("with --epochs 3 --exit --report", function () {
    this.timeout(LONG_RUN_MS);
    let end: End;
    let output: string;
    let report: Report;
    /** The mint transfers of R1 before anything but the Genesis deed had earned. */
    let firstMints: Log[];

    before(async function () {
      this.timeout(LONG_RUN_MS);
      const path = join(folder, "report.json");
      const network = start("--epochs", String(EPOCHS), "--exit", "--report", path);
      await network.wrote("Nodes join");
      firstMints = await mintsSoFar(network.output);
      end = await network.ended;
      output = network.output;
      expect(end, output).to.deep.equal({ code: 0, signal: null });
      report = JSON.parse(await readFile(path, "utf8")) as Report;
    });

    it("begins with no R1 at all", () => {
      expect(output).to.include("R1 in existence: 0.00 R1");
    });

    it("writes no escape sequence where there is no terminal", () => {
      expect(output).to.not.include("\x1b");
    });

    it("reports exactly the committed epochs, in order, each signed by a quorum of different oracles", () => {
      expect(report.epochs).to.have.length(EPOCHS);
      const numbers = report.epochs.map(({ epoch }) => epoch);
      expect(numbers).to.deep.equal([...new Set(numbers)].sort((a, b) => a - b));
      const oracles = report.deeds.filter(({ kind }) => kind === "MND").map(({ node }) => node);
      const { genesis, epochDuration, activationDelay } = report.parameters;
      expect(activationDelay).to.equal(2);
      for (const { epoch, signers, gasUsed, txHash, activeFrom } of report.epochs) {
        expect(activeFrom).to.be.at.least(genesis + (epoch + 1) * epochDuration + activationDelay);
        expect(new Set(signers).size).to.equal(signers.length);
        expect(signers.length).to.be.at.least(report.parameters.quorum);
        for (const signer of signers) expect(oracles).to.include(signer);
        expect(gasUsed).to.be.within(21_000, 200_000);
        expect(txHash).to.match(/^0x[0-9a-f]{64}$/u);
      }
    });

    it("commits the root that another library makes of the reported bytes", () => {
      report.epochs.forEach(({ root }, epoch) => {
        const leaves = report.deeds
          .map((deed) => [1n, deedIdOf(deed), sum(deed.perEpoch.slice(0, epoch + 1).map(BigInt))] as const)
          .filter(([, , cumulative]) => cumulative > 0n)
          .sort(([, a], [, b]) => (a < b ? -1 : 1))
          .map((leaf) => [...leaf]);
        const tree = StandardMerkleTree.of(leaves, ["uint8", "uint256", "uint256"], { sortLeaves: false });
        expect(root).to.equal(tree.root);
      });
    });

    it("has four Master deeds, the Genesis deed and a Node Deed for every operator, each with its own owner and node", () => {
      const count = (kind: string) => report.deeds.filter((deed) => deed.kind === kind).length;
      expect([count("ND"), count("MND"), count("GND")]).to.deep.equal([NODES, 4, 1]);
      for (const party of ["owner", "node"] as const) {
        expect(new Set(report.deeds.map((deed) => deed[party])).size).to.equal(report.deeds.length);
      }
    });

    it("claims for every deed exactly what the law of its class says", () => {
      for (const deed of report.deeds) {
        expect(deed.cumulative).to.equal(String(deed.perEpoch.reduce((total, byte) => total + byte, 0)));
        expect(deed.claimed).to.equal(sum(deed.claims.map(({ amount }) => amount)).toString());
        expect(deed.claimed).to.equal(deed.expected);
        const law = minedBy(report.parameters.classes[deed.kind] as ClassTerms, deed.cumulative);
        const name = `${deed.kind} #${deed.tokenId}`;
        if (deed.kind === "MND") expect(law.minus(deed.claimed).abs().div(law.plus(1)).lt(1e-12), name).to.equal(true);
        else expect(deed.claimed, name).to.equal(law.floor().toFixed(0));
        expect(BigInt(deed.claimed) > 0n, name).to.equal(true);
      }
    });

    it("credits a class from its start epoch on", () => {
      report.epochs.forEach(({ epoch }, index) => {
        for (const { kind, perEpoch } of report.deeds) {
          const { start: first } = report.parameters.classes[kind] ?? { start: Infinity };
          if (epoch < first) expect(perEpoch[index]).to.equal(0);
        }
      });
    });

    it("gives the node that fell silent for half of the last epoch less than all others", () => {
      const last = (deed: DeedReport) => ({
        byte: deed.perEpoch.at(-1) ?? -1,
        claim: deed.claims.at(-1)?.amount ?? "0",
      });
      const deeds = report.deeds.filter(({ kind }) => kind === "ND");
      const paused = last(deeds.at(-1)!);
      expect(output).to.include(`The node of ND #${NODES} falls silent`);
      expect(paused.byte).to.be.within(1, 200);
      for (const other of deeds.slice(0, -1).map(last)) {
        expect(paused.byte).to.be.lessThan(other.byte);
        expect(Number(paused.claim)).to.be.lessThan(Number(other.claim));
      }
    });

    it("mints the Genesis deed's first claim to the five pools by their shares, and nothing to anybody before", () => {
      const amount = BigInt(report.deeds.find(({ kind }) => kind === "GND")?.claims[0]?.amount ?? 0);
      const minted = new Map(firstMints.map(({ topics, data }) => [`0x${topics[2]?.slice(26) ?? ""}`, BigInt(data)]));
      expect(minted.size).to.equal(5);
      expect(sum([...minted.values()])).to.equal(amount);
      for (const [name, share] of Object.entries(POOLS)) {
        const part = minted.get(report.contracts[name] ?? "") ?? 0n;
        // All but the last are rounded down; the last gets the rest, at most one wei for each of the others.
        const over = part - (amount * share) / 10_000n;
        expect(over >= 0n && over <= 4n, name).to.equal(true);
      }
    });

    it("has minted what was claimed and burned a fifth of what the deeds cost", () => {
      const { minted, burned, total } = report.supply;
      expect(minted).to.equal(sum(report.deeds.map(({ claimed }) => claimed)).toString());
      const paid = BigInt(NODES) * 500n * ETHER;
      expect(burned).to.equal((paid / 5n).toString());
      expect(total).to.equal((BigInt(minted) - BigInt(burned)).toString());
    });

    it("leaves no temporary folder behind", async () => {
      expect(await networkFolders(folder)).to.deep.equal([]);
    });
  });

  describe("on Ctrl-C in the middle of the story", function () {
    this.timeout(SHORT_RUN_MS);

    it("ends with status 0, and nothing is left", async () => {
      const network = start();
      await network.wrote("was let in and beats");
      const url = urlIn(network.output);
      network.signal("SIGINT");
      expect(await network.ended, network.output).to.deep.equal({ code: 0, signal: null });
      expect(network.output).to.include("everything is closed").and.not.include("did not close");
      const refused = await fetch(url).then(
        () => false,
        () => true,
      );
      expect(refused).to.equal(true);
      expect(await networkFolders(folder)).to.deep.equal([]);
    });
  });

  describe("when it cannot do what was asked", function () {
    this.timeout(SHORT_RUN_MS);

    it("says before the first epoch that the report cannot be written, with status 1", async () => {
      const network = start("--epochs", "1", "--report", join(folder, "missing", "report.json"));
      expect((await network.ended).code).to.equal(1);
      expect(network.output).to.include("missing");
    });

    it("explains wrong usage with status 2", async () => {
      const network = start("--exit");
      expect((await network.ended).code).to.equal(2);
      expect(network.output).to.include("--exit needs --epochs");
    });
  });
});

async function networkFolders(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith("r1-network-"));
}

function urlIn(output: string): string {
  const [url] = /http:\/\/127\.0\.0\.1:\d+/u.exec(output) ?? [];
  if (url === undefined) throw new Error(`no URL in:\n${output}`);
  return url;
}

/** Transfers of R1 from nobody, asked of the running chain. */
async function mintsSoFar(output: string): Promise<Log[]> {
  const [path = ""] = /\/\S+deployment\.json/u.exec(output) ?? [];
  const { contracts } = JSON.parse(await readFile(path, "utf8")) as { contracts: Record<string, string> };
  const provider = new JsonRpcProvider(urlIn(output));
  try {
    const topics = [id("Transfer(address,address,uint256)"), zeroPadValue(toBeHex(0), 32)];
    return await provider.getLogs({ address: contracts["R1"] ?? "", topics, fromBlock: 0 });
  } finally {
    provider.destroy();
  }
}
