/**
 * The protocol on an empty chain, forked; the hand-over refuses what would leave one key in charge; and check:deployment
 * ├── finds each thing that was changed, by name, and nothing else
 * ├── compares with the parameter file that it is given
 * └── as a command: 0 and JSON for a deployment that is right, 1 and a way out for one that is not, 2 for one that is not there
 */
import { expect } from "chai";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { ServiceProcess } from "../helpers/services/serviceProcess.js";
import { runTask } from "./chain.js";
import { findings } from "./judge.js";
import { localGround } from "./local.js";
import type { Stage } from "./stage.js";
import { describeFork } from "./suite.js";
import { TAMPERINGS } from "./tampering.js";

/** The parameter file with some values changed, as another file. */
async function otherParameters(
  { parameters }: Stage,
  section: "Protocol" | "HandOver",
  changes: object,
): Promise<string> {
  const file = JSON.parse(await readFile(parameters, "utf8")) as Record<string, object>;
  const path = `${parameters}.other`;
  await writeFile(path, JSON.stringify({ ...file, [section]: { ...file[section], ...changes } }));
  return path;
}

/** The command as its users run it, on the chain that was forked. */
async function command({ url, folder }: Stage, parameters: string, ...options: string[]) {
  const script = join(import.meta.dirname, "..", "..", "scripts", "checkDeployment.ts");
  const args = ["--import", "tsx", script, "--rpc", url, "--deployment", folder, "--parameters", parameters];
  const run = new ServiceProcess(process.execPath, [...args, ...options]);
  const { code } = await run.ended;
  return { code, output: run.output };
}

describeFork("A fork of a deployment on an empty chain", localGround, (stage) => {
  describe("the hand-over", () => {
    const handOver = async (section: "Protocol" | "HandOver", changes: object) => {
      const { url, folder, source } = stage();
      const parameters = await otherParameters(stage(), section, changes);
      return runTask(["deploy", "--hand-over", "--yes", "--parameters", parameters], {
        FORK_TEST_URL: url,
        FORK_TEST_KEY: source.cast.deployer.privateKey,
        FORK_TEST_FOLDER: dirname(dirname(folder)),
      });
    };

    it("refuses a governance that is a key, or nobody", async () => {
      const key = await handOver("HandOver", { governance: stage().world.cast.stranger.address });
      expect(key.code).to.equal(1);
      expect(key.output).to.include("is an account with a key on network base, want a contract: a multisig");
      const nobody = await handOver("HandOver", { governance: `0x${"0".repeat(40)}` });
      expect(nobody.code).to.equal(1);
      expect(nobody.output).to.include("HandOver.governance: is the zero address, wants an account");
    });

    it("refuses to leave the deployer a role", async () => {
      const { code, output } = await handOver("Protocol", { guardian: stage().world.cast.deployer.address });
      expect(code).to.equal(1);
      expect(output).to.include("Error: guardian: is the deployer, which keeps nothing: name another account");
    });
  });

  describe("check:deployment", () => {
    for (const { what, done, found } of TAMPERINGS) {
      it(`finds ${what}`, async () => {
        await done(stage());
        expect(await findings(stage())).to.deep.equal(found);
      });
    }

    it("compares with the parameter file that it is given", async () => {
      const duration = await otherParameters(stage(), "Protocol", { epochDuration: "86399n" });
      expect(await findings(stage(), duration)).to.deep.equal([
        "code: EpochLedger, immutables",
        "parameters: epochDuration",
        "parameters: epochDuration of the node registry",
        "parameters: epochDuration of the escrow",
      ]);
      const governance = await otherParameters(stage(), "HandOver", {
        governance: stage().world.cast.stranger.address,
      });
      expect(await findings(stage(), governance)).to.deep.equal([
        "roles: members of governance",
        "roles: governance is a contract",
      ]);
    });

    it("ends with 0 and JSON for a deployment that is right", async () => {
      const { code, output } = await command(stage(), stage().parameters, "--json");
      expect(code, output).to.equal(0);
      const { ok, wrong, checks } = JSON.parse(output.slice(output.indexOf("{"), output.lastIndexOf("}") + 1)) as {
        ok: boolean;
        wrong: number;
        checks: unknown[];
      };
      expect([ok, wrong]).to.deep.equal([true, 0]);
      expect(checks).to.have.length.greaterThan(150);
    });

    it("ends with 1 and says what to do for one that is not", async () => {
      const guardian = stage().world.cast.stranger.address;
      const { code, output } = await command(stage(), await otherParameters(stage(), "Protocol", { guardian }));
      expect(code).to.equal(1);
      expect(output).to.include(`✗ roles: members of guardian\n  expected  ${guardian.toLowerCase()} after 0 s\n`);
      expect(output).to.include("  do        governance takes it back with governance:revoke");
      expect(output).to.match(/\d+ checks, 1 failed\./u);
    });

    it("ends with 2 for one that is not there", async () => {
      const { code, output } = await command({ ...stage(), folder: "/nowhere/chain-31337" }, stage().parameters);
      expect(code).to.equal(2);
      expect(output).to.match(/^Error: \/nowhere\/chain-31337\S* does not exist/mu);
    });
  });
});
