/**
 * epoch:disprove, epoch:show and rewards while an epoch is pending, oracle:challenge, oracle:answer, oracle:remove-silent,
 * oracle:remove, oracle:report-equivocation
 *
 * Given three oracles, ND:1 and ND:2 with nodes, and epochs committed as the tests say
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";
import { Signature, type Wallet } from "ethers";

import { answerData, epochReportData } from "../../../keepers/protocol/typedData.js";
import {
  ACTIVATION_DELAY,
  ANSWER_WINDOW,
  buyAndAssociate,
  commitEpoch,
  deployWorld,
  fail,
  folder,
  ND,
  networkHelpers,
  succeed,
} from "./world.js";

async function withDeeds() {
  const world = await deployWorld();
  await buyAndAssociate(world, 2);
  return world;
}

describe("Recourse tasks", () => {
  let world: Awaited<ReturnType<typeof withDeeds>>;
  let server: Server | undefined;

  beforeEach(async () => {
    world = await networkHelpers.loadFixture(withDeeds);
  });

  afterEach(() => server?.close());

  const common = () => ({ deployment: world.deployment });
  const oracle = (): Wallet => world.oracles[0] as Wallet;

  describe("while an epoch is pending", () => {
    it("epoch:show tells from when it can be claimed against", async () => {
      const { epoch } = await commitEpoch(world, [[ND(1), 255n]], false);
      const pending = await succeed("epoch:show", common());
      const activeFrom = BigInt((await networkHelpers.time.latest()) + ACTIVATION_DELAY);
      expect(pending.value["commit"]).to.deep.include({ epoch, active: false, activeFrom });
      expect(pending.output).to.include("pending: can be disproved with epoch:disprove, and claimed against from");
      await networkHelpers.time.increase(ACTIVATION_DELAY);
      const active = await succeed("epoch:show", { ...common(), epoch: epoch.toString() });
      expect(active.value["commit"]).to.deep.include({ epoch, active: true, activeFrom });
      expect(active.output).to.include("active since");
    });

    it("rewards wait for it, and say from when", async () => {
      const { leaves, epoch } = await commitEpoch(world, [[ND(1), 255n]], false);
      const when = new Date(((await networkHelpers.time.latest()) + ACTIVATION_DELAY) * 1_000).toISOString();
      const from = when.replace("T", " ").replace(".000Z", " UTC");
      for (const task of ["rewards:show", "rewards:claim"]) {
        expect(await fail(task, { ...common(), leaves, deeds: ["ND:1"] })).to.equal(
          `leaf file ${leaves} is of epoch ${epoch}, which is not active yet: claim from ${from} on`,
        );
      }
      server = createServer((_request, response) => {
        response.statusCode = 404;
        response.end(JSON.stringify({ code: "EPOCH_PENDING", message: "no epoch is active yet: wait" }));
      });
      await new Promise<void>((done) => server?.listen(0, "127.0.0.1", done));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect(await fail("rewards:show", { ...common(), oracle: url, deeds: ["ND:1"] })).to.equal(
        "no epoch is active yet: wait",
      );
      await networkHelpers.time.increase(ACTIVATION_DELAY);
      const { value } = await succeed("rewards:claim", { ...common(), leaves, deeds: ["ND:1"] });
      expect(value["batches"]).to.have.length(1);
    });
  });

  describe("epoch:disprove", () => {
    const sums = (first: bigint) => [[ND(1), first] as const, [ND(2), 255n] as const];

    it("disproves a leaf that grew too much, and ejects who signed it; the epoch can be committed again", async () => {
      const right = await commitEpoch(world, sums(100n));
      const wrong = await commitEpoch(world, sums(356n), false);
      const files = { before: right.leaves, after: wrong.leaves };
      const stranger = world.accounts.stranger.address;
      const { value, output } = await succeed("epoch:disprove", { ...common(), ...files, from: stranger });
      const leaf = { leaf: "ND:1", cumulativeBefore: 100n, cumulativeAfter: 356n, most: 255n };
      expect(value).to.deep.include({ epoch: wrong.epoch, root: wrong.report.root, ...leaf });
      expect(output).to.include("ND:1 went from 100 to 356. Its signers are no oracles any more.");
      expect((await world.contracts.epochLedger.latest()).root).to.equal(right.report.root);
      expect(await world.contracts.oracleRegistry.oracles()).to.be.empty;
      expect(await fail("epoch:disprove", { ...common(), ...files })).to.equal(
        "no root can be disproved now: the last one is active, or there is none",
      );
    });

    it("finds a leaf of the first root of all, without another file", async () => {
      const wrong = await commitEpoch(world, sums(255n * 40n), false);
      const { value } = await succeed("epoch:disprove", { ...common(), after: wrong.leaves });
      expect(value).to.deep.include({ leaf: "ND:1", cumulativeBefore: 0n, cumulativeAfter: 10_200n });
    });

    it("reads the files from an oracle", async () => {
      const commits = [await commitEpoch(world, sums(100n)), await commitEpoch(world, sums(99n), false)];
      server = createServer((request, response) => {
        const epoch = /epochs\/(\d+)\/leaves/u.exec(request.url ?? "")?.[1];
        const found = commits.find((commit) => commit.epoch.toString() === epoch);
        if (found) return void readFile(found.leaves).then((bytes) => response.end(bytes));
        const epochs = commits.map(({ epoch: number, report }) => ({ epoch: Number(number), root: report.root }));
        response.end(JSON.stringify({ epochs: epochs.reverse() }));
      });
      await new Promise<void>((done) => server?.listen(0, "127.0.0.1", done));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const { value } = await succeed("epoch:disprove", { ...common(), oracle: url });
      expect(value).to.deep.include({ leaf: "ND:1", cumulativeBefore: 100n, cumulativeAfter: 99n });
    });

    it("refuses what is right, missing or of another epoch, before anything is sent", async () => {
      const first = await commitEpoch(world, sums(100n));
      const second = await commitEpoch(world, sums(355n), false);
      const disprove = (files: object) => fail("epoch:disprove", { ...common(), ...files });
      expect(await disprove({ before: first.leaves, after: second.leaves })).to.equal(
        `nothing can be disproved: in epoch ${second.epoch} no leaf shrank, and none grew by more than 255 an epoch`,
      );
      expect(await disprove({})).to.match(/^give the leaf files with --before and --after, or --oracle/u);
      expect(await disprove({ after: second.leaves })).to.equal(
        "give --before too: the leaf file of the last active epoch",
      );
      expect(await disprove({ after: first.leaves })).to.equal(
        `leaf file ${first.leaves} has root ${first.report.root}, ` +
          `and the pending root, of epoch ${second.epoch} is ${second.report.root}`,
      );
      expect(await disprove({ before: second.leaves, after: second.leaves })).to.include(
        `and the root that the pending one builds on is ${first.report.root}`,
      );
    });
  });

  describe("challenges", () => {
    const challenge = async () => succeed("oracle:challenge", { ...common(), oracle: oracle().address });

    afterEach(() => {
      delete process.env["TEST_ORACLE_KEY"];
    });

    it("oracle:answer brings a signature made here", async () => {
      process.env["TEST_ORACLE_KEY"] = oracle().privateKey;
      const { value } = await challenge();
      const deadline = BigInt((await networkHelpers.time.latest()) + ANSWER_WINDOW);
      expect(value["deadline"]).to.equal(deadline);
      expect((await succeed("oracle:list", common())).output).to.include("challenged: has to answer until");
      const args = { ...common(), oracle: oracle().address };
      await succeed("oracle:answer", { ...args, oracleKey: "TEST_ORACLE_KEY" });
      expect(await fail("oracle:answer", { ...args, oracleKey: "TEST_ORACLE_KEY" })).to.equal(
        `nobody challenged oracle ${oracle().address}, or it answered`,
      );
      expect(await fail("oracle:challenge", args)).to.match(/^the oracle answered a challenge lately: the next one/u);
      expect((await succeed("oracle:list", common())).output).to.not.include("challenged");
    });

    it("oracle:answer brings a signature made elsewhere: printed there, or a wallet's", async () => {
      process.env["TEST_ORACLE_KEY"] = oracle().privateKey;
      await challenge();
      const args = { ...common(), oracle: oracle().address };
      const printed = await succeed("oracle:answer", { ...args, oracleKey: "TEST_ORACLE_KEY", print: true });
      const { deadline } = await world.contracts.oracleRegistry.challengeOf(oracle().address);
      expect(deadline).to.not.equal(0n);
      const verifyingContract = await world.contracts.oracleRegistry.getAddress();
      const data = answerData({ chainId: world.chainId, verifyingContract }, { oracle: oracle().address, deadline });
      const wallets = await oracle().signTypedData(data.domain, data.types, data.value);
      expect(printed.output.trim()).to.equal(Signature.from(wallets).compactSerialized);
      expect(await fail("oracle:answer", { ...args, signature: "0x12" })).to.match(
        /^--signature: want 0x and 64 or 65/u,
      );
      await succeed("oracle:answer", { ...args, signature: wallets, from: world.accounts.stranger.address });
      expect((await world.contracts.oracleRegistry.challengeOf(oracle().address)).deadline).to.equal(0n);
    });

    it("oracle:answer refuses another's key, before anything is sent", async () => {
      const other = world.oracles[1] as Wallet;
      process.env["TEST_ORACLE_KEY"] = other.privateKey;
      await challenge();
      const args = { ...common(), oracle: oracle().address, oracleKey: "TEST_ORACLE_KEY" };
      expect(await fail("oracle:answer", args)).to.equal(
        `TEST_ORACLE_KEY is the key of ${other.address.toLowerCase()}, not of oracle ${oracle().address}`,
      );
    });

    it("oracle:remove-silent removes who did not answer, after the deadline", async () => {
      const args = { ...common(), oracle: oracle().address };
      expect(await fail("oracle:remove-silent", args)).to.match(/^nobody challenged oracle 0x/u);
      await challenge();
      expect(await fail("oracle:challenge", args)).to.match(/^the oracle is challenged already: it may answer until/u);
      expect(await fail("oracle:remove-silent", args)).to.match(
        /^the oracle may still answer, until .*Look again then/u,
      );
      await networkHelpers.time.increase(ANSWER_WINDOW + 1);
      expect((await succeed("oracle:list", common())).output).to.include("did not answer: can be removed");
      process.env["TEST_ORACLE_KEY"] = oracle().privateKey;
      expect(await fail("oracle:answer", { ...args, oracleKey: "TEST_ORACLE_KEY" })).to.match(
        /^the answer comes too late: it was due by/u,
      );
      await succeed("oracle:remove-silent", { ...args, from: world.accounts.stranger.address });
      expect(await world.contracts.oracleRegistry.isOracle(oracle().address)).to.equal(false);
    });
  });

  it("oracle:remove is governance's", async () => {
    const args = { ...common(), oracle: oracle().address };
    expect(await fail("oracle:remove", { ...args, from: world.accounts.stranger.address })).to.match(
      /does not have the role that this needs/u,
    );
    await succeed("oracle:remove", args);
    expect(await world.contracts.oracleRegistry.isOracle(oracle().address)).to.equal(false);
    expect(await fail("oracle:remove", args)).to.equal(`${oracle().address} is no oracle`);
  });

  it("oracle:report-equivocation removes who signed two reports of one epoch", async () => {
    const verifyingContract = await world.contracts.epochLedger.getAddress();
    const domain = { chainId: world.chainId, verifyingContract };
    const hash = (byte: string) => `0x${byte.repeat(32)}`;
    const signed = async (root: string, epoch = 7) => {
      const report = { epoch, previousRoot: hash("00"), root, dataHash: hash("dd"), leafCount: "2" };
      const numbers = { ...report, epoch: BigInt(epoch), leafCount: 2n };
      const data = epochReportData(domain, numbers);
      return { ...report, signature: await oracle().signTypedData(data.domain, data.types, data.value) };
    };
    const write = async (...reports: object[]) => {
      const file = join(folder, "evidence.json");
      await writeFile(file, JSON.stringify(reports));
      return { ...common(), file };
    };
    const a = await signed(hash("aa"));
    const report = "oracle:report-equivocation";
    expect(await fail(report, await write(a, a))).to.equal("the two reports are the same, which is no contradiction");
    expect(await fail(report, await write(a, await signed(hash("bb"), 8)))).to.match(
      /^the two reports are of epochs 7 and 8/u,
    );
    expect(await fail(report, await write(a))).to.match(/evidence\.json/u);
    expect(await fail(report, { ...common(), file: "/nowhere.json" })).to.equal("there is no file /nowhere.json");
    const args = { ...(await write(a, await signed(hash("bb")))), from: world.accounts.stranger.address };
    const { output } = await succeed(report, args);
    expect(output).to.include("it signed two reports of epoch 7.");
    expect(await world.contracts.oracleRegistry.isOracle(oracle().address)).to.equal(false);
  });
});
