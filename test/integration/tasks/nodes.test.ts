/**
 * node:consent, node:associate, node:dissociate
 *
 * Given the buyer has ND:1 and ND:2, never associated, and a node's key is in a variable
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { createKeystore } from "../../../keepers/keys/keystore.js";
import { CryptoRandom } from "../../../keepers/core/random.js";
import { Secret } from "../../../keepers/core/secret.js";
import { deployWorld, fail, folder, ND, networkHelpers, nodeKey, succeed, type World } from "./world.js";

describe("Node tasks", () => {
  let world: World;
  const consent = join(folder, "consent.json");

  beforeEach(async () => {
    world = await networkHelpers.loadFixture(deployWorld);
    await succeed("deed:buy", asBuyer({ count: 2 }));
    process.env["NODE_PRIVATE_KEY"] = nodeKey(1).privateKey;
    process.env["OTHER_NODE_KEY"] = nodeKey(2).privateKey;
  });

  afterEach(() => {
    delete process.env["NODE_PRIVATE_KEY"];
    delete process.env["OTHER_NODE_KEY"];
    delete process.env["NODE_KEYSTORE_PASSWORD"];
  });

  const common = () => ({ deployment: world.deployment });
  const asBuyer = (args: object) => ({ ...common(), from: world.accounts.buyer.address, ...args });

  it("a consent made with the node's key is all that the owner needs", async () => {
    const { output } = await succeed("node:consent", { ...common(), deed: "ND:1" });
    const printed = JSON.parse(output) as Record<string, unknown>;
    expect(printed).to.have.all.keys("deed", "owner", "node", "deadline", "signature");
    expect(printed).to.include({ deed: "ND:1", owner: world.accounts.buyer.address, node: nodeKey(1).address });
    await writeFile(consent, output);
    delete process.env["NODE_PRIVATE_KEY"];
    await succeed("node:associate", asBuyer({ consent }));
    expect(await world.contracts.nodeRegistry.nodeOf(ND(1))).to.equal(nodeKey(1).address);
  });

  it("several consents go in one transaction", async () => {
    const first = await succeed("node:consent", { ...common(), deed: "ND:1" });
    const second = await succeed("node:consent", { ...common(), deed: "ND:2", nodeKey: "OTHER_NODE_KEY" });
    await writeFile(consent, `[${first.output},${second.output}]`);
    const sent = await world.accounts.buyer.getNonce();
    await succeed("node:associate", asBuyer({ consent }));
    expect(await world.accounts.buyer.getNonce()).to.equal(sent + 1);
    expect(await world.contracts.nodeRegistry.nodeOf(ND(2))).to.equal(nodeKey(2).address);
  });

  it("with the node's key at hand no file is needed, and an encrypted key file serves too", async () => {
    const path = join(folder, `node-${(await networkHelpers.time.latest()).toString()}.json`);
    const password = new Secret("a long password");
    const address = await createKeystore({ path, password, scryptCost: 2 }, { random: new CryptoRandom() });
    process.env["NODE_KEYSTORE_PASSWORD"] = password.reveal();
    await succeed("node:associate", asBuyer({ deed: "ND:1" }));
    await succeed("node:associate", asBuyer({ deed: "ND:2", nodeKeystore: path }));
    expect(await world.contracts.nodeRegistry.nodeOf(ND(1))).to.equal(nodeKey(1).address);
    expect((await world.contracts.nodeRegistry.nodeOf(ND(2))).toLowerCase()).to.equal(address);
  });

  it("node:dissociate ends it, once", async () => {
    await succeed("node:associate", asBuyer({ deed: "ND:1" }));
    const stranger = world.accounts.stranger.address;
    expect(await fail("node:dissociate", { ...common(), from: stranger, deed: "ND:1" })).to.equal(
      `only the owner of ND #1 or its node may end the association, not ${stranger}. ` +
        "Send it from the owner's account, or the node's: --from or --key.",
    );
    const { value } = await succeed("node:dissociate", asBuyer({ deed: "ND:1" }));
    expect(value).to.deep.include({ deed: "ND:1", node: nodeKey(1).address });
    expect(await fail("node:dissociate", asBuyer({ deed: "ND:1" }))).to.equal("ND #1 has no node");
  });

  it("bad consents are refused with what is wrong", async () => {
    const { stranger, buyer } = world.accounts;
    expect(await fail("node:associate", asBuyer({}))).to.equal(
      "give --consent with a file of node:consent, or --deed when the node's key is on this machine",
    );
    expect(await fail("node:associate", asBuyer({ consent: "/nowhere.json" }))).to.equal(
      "there is no file /nowhere.json: make one with node:consent on the node's machine",
    );
    await succeed("node:consent", { ...common(), deed: "ND:1", out: consent });
    expect(await fail("node:associate", { ...common(), from: stranger.address, consent })).to.equal(
      `the consent for ND:1 is for owner ${buyer.address}, and the sender is ${stranger.address}: ` +
        "choose the owner with --from or --key",
    );
    await networkHelpers.time.increase(1_001);
    expect(await fail("node:associate", asBuyer({ consent }))).to.match(
      /^the node's consent ended at .*\. Make a new consent with node:consent\.$/u,
    );
    await writeFile(consent, '{"deed": "ND:1"}');
    expect(await fail("node:associate", asBuyer({ consent }))).to.match(/consent\.json is not what it should be/u);
    expect(await fail("node:consent", { ...common(), deed: "ND:1", hours: 1 })).to.equal(
      "--hours: got 1, want more than 0 and less than 16 min 40 s, the re-association delay",
    );
    process.env["NODE_PRIVATE_KEY"] = "secret";
    expect(await fail("node:consent", { ...common(), deed: "ND:1" })).to.equal(
      "NODE_PRIVATE_KEY holds no private key: want 0x and 64 hexadecimal digits",
    );
  });

  it("a node that serves a deed already is refused", async () => {
    await succeed("node:associate", asBuyer({ deed: "ND:1" }));
    expect(await fail("node:associate", asBuyer({ deed: "ND:2" }))).to.equal(
      `node ${nodeKey(1).address} serves ND #1 already. Dissociate it from that deed first: node:dissociate.`,
    );
  });
});
