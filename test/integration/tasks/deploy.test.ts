/**
 * deploy, and the parameters that it checks
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { parameterProblems, readParameters } from "../../../tasks/lib/parameters.js";
import { fail, folder, run, succeed } from "./world.js";

const ACCOUNT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

describe("deploy", () => {
  it("deploys the development protocol, shows its parameters and writes its addresses", async () => {
    const out = join(folder, "addresses.json");
    const { value, output } = await succeed("deploy", { out });
    const written = JSON.parse(await readFile(out, "utf8")) as { contracts: Record<string, string> };
    expect(written.contracts).to.deep.equal(value["contracts"]);
    expect(output).to.match(/epochDuration +24 +24 s/u);
    const { value: supply } = await succeed("supply:show", { deployment: out });
    expect(supply["minted"]).to.equal(0n);
    const { value: epoch } = await succeed("epoch:show", { deployment: out });
    expect(Number(epoch["current"])).to.be.lessThan(10);
  });

  it("refuses parameters that lack accounts, one line for each, before anything is sent", async () => {
    const base = join("deploy", "parameters", "hardhat.json");
    const { Development } = JSON.parse(await readFile(base, "utf8")) as { Development: Record<string, unknown> };
    const parameters = join(folder, "parameters.json");
    const zero = `0x${"0".repeat(40)}`;
    const broken = {
      ...Development,
      guardian: "",
      treasurer: zero,
      epochDuration: "0n",
      grantsPoolMilestones: ["5000n"],
    };
    await writeFile(parameters, JSON.stringify({ Development: broken }));
    expect(await fail("deploy", { parameters })).to.equal(
      [
        "invalid configuration, 4 problems:",
        `  ${parameters}: Development.guardian: empty, wants an address`,
        `  ${parameters}: Development.treasurer: is the zero address, wants an account`,
        `  ${parameters}: Development.epochDuration: got 0, wants a number above zero, such as "86400n"`,
        `  ${parameters}: Development.grantsPoolMilestones: add up to 5000 basis points, want 10000`,
      ].join("\n"),
    );
    expect(await fail("deploy", { parameters: "/nowhere.json" })).to.equal("there is no parameter file /nowhere.json");
    expect((await run("deploy", { handOver: true })).result.success).to.be.false;
  });

  for (const network of ["base", "base-sepolia"]) {
    it(`the parameters of ${network} lack nothing but accounts and the feed`, async () => {
      const path = join("deploy", "parameters", `${network}.json`);
      const protocol = await readParameters(path, "Protocol");
      const empty = ["guardian", "compliance", "treasurer", "feed"].filter((name) => protocol[name] === "");
      expect(parameterProblems("Protocol", protocol)).to.deep.equal(
        empty.map((name) => `${name}: empty, wants an address`),
      );
      const filled = { ...protocol, guardian: ACCOUNT, compliance: ACCOUNT, treasurer: ACCOUNT, feed: ACCOUNT };
      expect(parameterProblems("Protocol", filled)).to.deep.equal([]);
      expect(parameterProblems("Protocol", { ...filled, activationDelay: 86_400n })).to.deep.equal([
        "activationDelay: got 86400, wants less than an epoch, 86400",
      ]);
      const handOver = await readParameters(path, "HandOver");
      expect(parameterProblems("HandOver", { ...handOver, governance: ACCOUNT })).to.deep.equal([]);
    });
  }
});
