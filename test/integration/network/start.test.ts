import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import { AbiCoder, id, JsonRpcProvider, keccak256, type Log, toBeHex, zeroPadValue } from "ethers";

import type { DeedReport, Report } from "../../../scripts/network/report.js";
import { BUSYBOX_IMAGE, type DockerService, startDocker } from "../../helpers/services/docker.js";
import { type ClassTerms, minedBy } from "./law.js";
import { type End, NetworkProcess } from "./process.js";

const LONG_RUN_MS = 480_000;
const SHORT_RUN_MS = 180_000;
const EPOCHS = 4;
/** In which a node is down for half of the time. */
const OUTAGE_EPOCH = 2;
const EPOCH_SECONDS = 36;
const DEED_OFFSET = 248n;
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

type JobReport = Report["jobs"][number];
type AssignmentReport = JobReport["assignments"][number];

const deedIdOf = ({ kind, tokenId }: DeedReport) => ((KINDS[kind] ?? 0n) << DEED_OFFSET) | BigInt(tokenId);
/** keccak256(abi.encode(jobId, deedId)), made with another library than the keepers'. */
const serviceIdOf = ({ jobId }: JobReport, { deed }: AssignmentReport) =>
  BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(["uint256", "uint256"], [jobId, deed])));
/** What an assignment earned by the paper's terms: 85 % of its service, less a tenth of it below 98 %; 15 % are burned. */
const payOf = ({ rate }: JobReport, { cumulative, from, to }: AssignmentReport) => {
  const most = 255n * BigInt(to - from);
  const gross = (BigInt(rate) * BigInt(cumulative)) / 255n;
  const isPoor = BigInt(cumulative) * 100n < most * 98n;
  const earned = isPoor ? (gross * 9n) / 10n : gross;
  const paid = (earned * 85n) / 100n;
  return { paid, burned: earned - paid };
};
const sum = (values: readonly (string | bigint)[]) =>
  values.reduce((total: bigint, value) => total + BigInt(value), 0n);

describe("npm start", () => {
  let folder: string;
  const processes: NetworkProcess[] = [];

  const start = (...args: string[]) => {
    const started = new NetworkProcess(["--port", "0", ...args], folder);
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

  describe("with --epochs 4 --exit --report", function () {
    this.timeout(LONG_RUN_MS);
    let end: End;
    let output: string;
    let report: Report;
    /** The mint transfers of R1 before anything but the Genesis deed had earned. */
    let firstMints: Log[];

    before(async function () {
      this.timeout(LONG_RUN_MS);
      const path = join(folder, "report.json");
      const pace = ["--epoch-seconds", String(EPOCH_SECONDS)];
      const network = start("--epochs", String(EPOCHS), "--exit", "--report", path, ...pace);
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

    it("commits the root that another library makes of the reported bytes, of nodes and of their service", () => {
      report.epochs.forEach(({ root, epoch: number }, epoch) => {
        const upTo = (perEpoch: readonly number[]) => sum(perEpoch.slice(0, epoch + 1).map(BigInt));
        const availability = report.deeds
          .map((deed) => [1n, deedIdOf(deed), upTo(deed.perEpoch)] as const)
          .filter(([, , cumulative]) => cumulative > 0n);
        // From its first epoch on an assignment has a leaf, and be it zero.
        const service = report.jobs.flatMap((job) =>
          job.assignments
            .filter(({ from }) => from <= number)
            .map((assignment) => [2n, serviceIdOf(job, assignment), upTo(assignment.perEpoch)] as const),
        );
        const ascending = (a: readonly bigint[], b: readonly bigint[]) => ((a[1] ?? 0n) < (b[1] ?? 0n) ? -1 : 1);
        const leaves = [...availability.sort(ascending), ...service.sort(ascending)].map((leaf) => [...leaf]);
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

    it("gives the node that was down for half of an epoch less than all others", () => {
      const then = (deed: DeedReport) => ({
        byte: deed.perEpoch[OUTAGE_EPOCH] ?? -1,
        claim: deed.claims.find(({ epoch }) => epoch === OUTAGE_EPOCH)?.amount ?? "0",
      });
      const deeds = report.deeds.filter(({ kind }) => kind === "ND");
      const killed = killedIn(output);
      const paused = then(deeds.find(({ tokenId }) => tokenId === killed)!);
      expect(paused.byte).to.be.within(1, 200);
      for (const other of deeds.filter(({ tokenId }) => tokenId !== killed).map(then)) {
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

    it("has minted what was claimed, and burned a fifth of what the deeds cost and what jobs burn", () => {
      const { minted, burned, total } = report.supply;
      expect(minted).to.equal(sum(report.deeds.map(({ claimed }) => claimed)).toString());
      const paid = BigInt(NODES) * 500n * ETHER;
      expect(burned).to.equal((paid / 5n + sum(report.jobs.map((job) => job.burned))).toString());
      expect(total).to.equal((BigInt(minted) - BigInt(burned)).toString());
    });

    it("gives the job to two nodes for two epochs, and the place of the one that was killed to another", () => {
      const [job] = report.jobs as [JobReport];
      const { jobId, nodes, from, to, assignments } = job;
      expect({ jobId, nodes, from, to }, output).to.deep.equal({ jobId: "1", nodes: 2, from: 2, to: 4 });
      const during = (epoch: number) => assignments.filter((each) => each.from <= epoch && epoch < each.to);
      const names = (epoch: number) => during(epoch).map(({ name }) => name);
      expect([names(2).length, names(3).length], output).to.deep.equal([2, 2]);
      const killed = `ND:${killedIn(output)}`;
      expect(names(2)).to.include(killed);
      expect(names(3)).to.not.include(killed);
    });

    it("measures who was killed as having served in part, and who took over as serving", () => {
      const { assignments } = report.jobs[0]!;
      const killed = assignments.find(({ name }) => name === `ND:${killedIn(output)}`)!;
      expect(Number(killed.cumulative), output).to.be.within(1, 200);
      for (const { cumulative, perEpoch, to } of assignments) {
        expect(cumulative).to.equal(sum(perEpoch.map(BigInt)).toString());
        if (to === 4) expect(perEpoch[3], output).to.be.within(200, 255);
      }
    });

    it("pays 85 % of what was served, burns 15 % and gives back the rest, to the wei", () => {
      const [job] = report.jobs as [JobReport];
      const pays = job.assignments.map((assignment) => payOf(job, assignment));
      expect(job.deposit).to.equal((BigInt(job.rate) * 4n).toString());
      expect(job.paid).to.equal(sum(pays.map(({ paid }) => paid)).toString());
      expect(job.burned).to.equal(sum(pays.map(({ burned }) => burned)).toString());
      expect(sum([job.paid, job.burned, job.refunded])).to.equal(BigInt(job.deposit));
      expect(BigInt(job.paid) > 0n && BigInt(job.refunded) > 0n).to.equal(true);
    });

    it("runs real containers, each of which answers over HTTP with the secret that it was given", () => {
      const [job] = report.jobs as [JobReport];
      expect(job.engine, output).to.equal("docker");
      for (const { containerOutput } of [job, ...job.assignments]) {
        expect(containerOutput).to.match(/^Hello from a sealed secret/u);
      }
    });

    it("leaves no temporary folder behind, its own and its daemon's", async () => {
      expect(await networkFolders(folder)).to.deep.equal([]);
    });
  });

  describe("on Ctrl-C in the middle of the story", function () {
    this.timeout(SHORT_RUN_MS);

    it("ends with status 0, and nothing is left", async () => {
      const network = start("--epoch-seconds", "16");
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

  describe("with the Docker Engine that DOCKER_HOST names, on Ctrl-C while containers run", function () {
    this.timeout(LONG_RUN_MS);
    let service: DockerService;

    before(async () => {
      service = await startDocker();
      await service.docker.getImage(BUSYBOX_IMAGE).remove();
    });

    after(async () => {
      await service.stop();
    });

    it("ends them, and leaves no container, network, volume or image behind", async () => {
      const { docker, socketPath } = service;
      const settings = [`DOCKER_HOST=unix://${socketPath}`, `TMPDIR=${folder}`];
      const command = [process.execPath, "--import", "tsx", "scripts/start.ts", "--port", "0", "--epoch-seconds", "16"];
      const network = service.spawn("env", "-C", process.cwd(), ...settings, ...command);
      await network.wrote(/answers: Hello from a sealed secret/u);
      expect(await docker.listContainers()).to.not.deep.equal([]);
      await network.end("SIGINT");
      await network.wrote(/everything is closed/u);
      expect(await docker.listContainers({ all: true })).to.deep.equal([]);
      const networks = await docker.listNetworks();
      expect(networks.filter(({ Driver: driver }) => driver === "bridge")).to.deep.equal([]);
      expect((await docker.listVolumes()).Volumes).to.deep.equal([]);
      expect(await docker.listImages()).to.deep.equal([]);
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
  return (await readdir(folder)).filter((name) => name.startsWith("r1-"));
}

/** Token id of the deed whose node the story kills. */
function killedIn(output: string): string {
  const [, tokenId] = /The node of ND #(\d+) falls silent/u.exec(output) ?? [];
  if (tokenId === undefined) throw new Error(`no node fell silent in:\n${output}`);
  return tokenId;
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
