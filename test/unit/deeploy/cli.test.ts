import { EventEmitter } from "node:events";
import { expect } from "chai";
import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { type CliDependencies, runCli } from "../../../keepers/deeploy/cli.js";
import { SigningKey } from "../../../keepers/protocol/signing.js";
import { serviceKey } from "./world.js";

describe("Deeploy's command line", () => {
  let text: string;
  const complete = {
    DEEPLOY_PRIVATE_KEY: serviceKey,
    RPC_URL: "http://127.0.0.1:1",
    DEPLOYMENT: "deployment.json",
    BROKER_URL: "mqtt://127.0.0.1:1",
  };

  async function run(
    args: readonly string[],
    environment: CliDependencies["environment"],
  ): Promise<number | undefined> {
    text = "";
    const disk = new MemoryDisk();
    const file = await disk.open("deployment.json");
    await file.write(0, new TextEncoder().encode(JSON.stringify({ chainId: 31_337, contracts: {} })));
    const output = { write: (part: string) => (text += part) };
    const signals = Object.assign(new EventEmitter(), { exit: () => undefined });
    const parts = { clock: new VirtualClock(), random: new SeededRandom(1), disk, signals };
    return runCli(args, { environment, output, errors: output, ...parts });
  }

  it("checks a configuration, and shows no key", async () => {
    expect(await run(["--check"], { ...complete, DEEPLOY_URLS: "a node reads it" })).to.equal(0);
    const { address } = new SigningKey(serviceKey);
    expect(text).to.equal(`Deeploy service ${address} on chain 31337: the configuration is complete\n`);
  });

  it("names every variable at fault", async () => {
    const wrong = {
      ...complete,
      DEEPLOY_PRIVATE_KEY: "0x12",
      BROKER_URL: "",
      DEEPLOY_SENDS: "yes",
      DEEPLOY_SEND: "true",
    };
    expect(await run(["--check"], wrong)).to.equal(2);
    for (const name of ["DEEPLOY_PRIVATE_KEY", "BROKER_URL", "DEEPLOY_SENDS", "DEEPLOY_SEND: unknown"]) {
      expect(text).to.include(name);
    }
    expect(text).not.to.include("0x12");
    expect(await run(["--check"], { ...complete, BROKER_USERNAME: "me" })).to.equal(2);
    expect(text).to.include("BROKER_USERNAME and BROKER_PASSWORD: want both or neither");
  });

  it("explains itself, and refuses other words", async () => {
    expect(await run(["--help"], {})).to.equal(0);
    expect(text).to.include("Usage: deeploy");
    expect(await run(["--nonsense"], {})).to.equal(2);
  });

  it("ends with what is wrong when it cannot begin", async () => {
    expect(await run([], complete)).to.equal(1);
    expect(text).to.include("the deployment on chain 31337 has no");
  });
});
