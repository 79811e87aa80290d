/** The secrets of a job, from a developer's wallet to the nodes that serve it, and whoever stands between. */
import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { createSession } from "../../../sdk/index.js";
import { ethers } from "../../helpers/protocol.js";
import { secretsIn } from "../../helpers/secretForms.js";
import { type DeeployChainWorld, openWorld } from "./world.js";

const container = { name: "hello", image: "registry.example/hello:1", class: "micro", nodes: 1, epochs: 30 } as const;

describe("a job's secrets", () => {
  let world: DeeployChainWorld;

  beforeEach(async () => {
    world = await openWorld();
  });

  afterEach(() => world.close());

  it("reach the nodes that serve it, and stand in no log, file, message, answer or transaction", async () => {
    const token = `t0p "secret" / ${randomBytes(12).toString("base64")}`;
    const secrets = { TOKEN: token, OTHER: randomBytes(16).toString("hex") };
    const messages: string[] = [];
    const spy = world.hub.connect("spy");
    await spy.subscribe("#", (topic, payload) => {
      messages.push(`${topic} ${Buffer.from(payload).toString("latin1")} ${Buffer.from(payload).toString("hex")}`);
    });
    const session = await createSession({ wallet: world.jobs.developers[0], endpoints: [world.url] });
    const { jobId, specHash } = await session
      .createContainerApp({ ...container, secrets })
      .deploy({ until: "created", pollMs: 50 });
    await world.assign(jobId, [1]);
    expect(world.nodes[0]!.secrets).to.deep.equal(secrets);

    const paths = [
      `/jobs/${jobId}`,
      `/specs/${specHash}`,
      `/jobs/${jobId}/secrets`,
      "/health",
      "/nodes",
      "/classes",
      "/openapi.json",
    ];
    const places = {
      log: JSON.stringify(world.entries),
      disk: await contentsOf(world),
      answers: (await Promise.all(paths.map(async (path) => (await fetch(world.url + path)).text()))).join("\n"),
      transactions: await callData(),
      messages: messages.join("\n"),
    };
    for (const [place, text] of Object.entries(places)) {
      expect(secretsIn(text, secrets), place).to.deep.equal([]);
      if (place !== "log") expect(text.length, place).to.be.greaterThan(100);
    }
    await spy.close();
  });
});

async function contentsOf({ disk }: DeeployChainWorld): Promise<string> {
  const texts: string[] = [];
  for (const folder of ["data", "data/specs", "data/secrets"]) {
    for (const name of await disk.list(folder)) {
      const bytes = Buffer.from((await disk.readFile(`${folder}/${name}`)) ?? []);
      texts.push(`${bytes.toString("latin1")}\n${bytes.toString("hex")}`);
    }
  }
  return texts.join("\n");
}

async function callData(): Promise<string> {
  const data: string[] = [];
  for (let number = await ethers.provider.getBlockNumber(); number >= 0; number -= 1) {
    const block = await ethers.provider.getBlock(number, true);
    data.push(...(block?.prefetchedTransactions ?? []).map((transaction) => transaction.data));
  }
  return data.join("\n");
}
