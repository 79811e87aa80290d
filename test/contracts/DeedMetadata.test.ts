/**
 * What a wallet or a market place shows of a deed.
 *
 * tokenURI
 * ├── is JSON in base64, with a name, a description, attributes and a picture
 * ├── given a new deed: nothing mined, everything residual, no node
 * ├── given a node and a claim: the node, the mined and the residual R1, to six decimals, adding up
 * ├── given a ban: it says so
 * └── the picture is well-formed SVG that says the same
 */
import { expect } from "chai";
import { formatEther, parseEther } from "ethers";

import { actAs, approve, associate, loadProtocol, type Protocol } from "../helpers/protocol.js";

interface Metadata {
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly { readonly trait_type: string; readonly value: string }[];
  readonly image: string;
}

const KIND = { node: 1n, master: 2n, genesis: 3n };
const deedId = (kind: bigint, tokenId: bigint): bigint => (kind << 248n) | tokenId;
const decode = (uri: string, type: string): string => {
  const prefix = `data:${type};base64,`;
  expect(uri.startsWith(prefix), `starts with ${prefix}`).to.be.true;
  return Buffer.from(uri.slice(prefix.length), "base64").toString("utf8");
};

function read(uri: string) {
  const metadata = JSON.parse(decode(uri, "application/json")) as Metadata;
  const traits = Object.fromEntries(metadata.attributes.map(({ trait_type, value }) => [trait_type, value]));
  return { metadata, traits, svg: decode(metadata.image, "image/svg+xml") };
}

/** Fails unless every tag is closed in order, and returns the texts between them. */
function textsOf(svg: string): string[] {
  const open: string[] = [];
  const texts: string[] = [];
  for (const [, closing, name, selfClosing, text] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>([^<>]*)/g)) {
    if (closing) expect(open.pop()).to.equal(name);
    else if (!selfClosing) open.push(name!);
    if (text) texts.push(text);
  }
  expect(open).to.deep.equal([]);
  expect(svg.replace(/<[^<>]+>/g, "")).to.equal(texts.join(""));
  return texts;
}

/** Wei as the picture writes it: six decimals, rounded down. */
const decimals = (wei: bigint): string => {
  const [whole, fraction = ""] = formatEther(wei).split(".");
  return `${whole!}.${fraction.padEnd(6, "0").slice(0, 6)}`;
};

async function issueNodeDeeds(protocol: Protocol, count: number): Promise<void> {
  const owner = protocol.accounts.others[0]!;
  await approve(protocol, owner);
  await protocol.nodeDeed.connect(await actAs(protocol.sale)).issue(owner, count);
}

describe("Deed metadata", () => {
  it("shows a new deed with nothing mined", async () => {
    const protocol = await loadProtocol();
    await issueNodeDeeds(protocol, 12);
    const { metadata, traits, svg } = read(await protocol.nodeDeed.tokenURI(12));
    expect(metadata.name).to.equal("Node Deed #12");
    expect(metadata.description).to.not.equal("");
    expect(traits).to.deep.equal({
      Class: "Node Deed",
      "Mined R1": "0.000000",
      "Residual R1": "1575.188843",
      Node: "no node",
      Standing: "good",
    });
    expect(textsOf(svg)).to.include.members(["Node Deed", "#12", "no node"]);
  });

  it("shows the node, and what was mined and is left", async () => {
    const protocol = await loadProtocol();
    await issueNodeDeeds(protocol, 3);
    const node = await associate(protocol, deedId(KIND.node, 2n), protocol.accounts.others[0]!);
    await protocol.nodeDeed.connect(await actAs(protocol.rewards)).recordClaim(2, 100_000, 1000);
    const { traits, svg } = read(await protocol.nodeDeed.tokenURI(2));
    const allocation = (161_803_398n * 10n ** 18n * 45n) / 100n / 46_224n;
    const mined = (allocation * 100_000n) / (255n * 1080n);
    expect(traits["Mined R1"]).to.equal(decimals(mined));
    expect(traits["Residual R1"]).to.equal(decimals(allocation - mined));
    expect(traits["Node"]).to.equal(node.address.toLowerCase());
    expect(textsOf(svg)).to.include.members([
      `mined ${decimals(mined)} R1`,
      `residual ${decimals(allocation - mined)} R1`,
      node.address.toLowerCase(),
    ]);
    expect(svg).to.include(`width="${((320n * mined) / allocation).toString()}"`);
  });

  it("shows a ban, and only there", async () => {
    const protocol = await loadProtocol();
    await issueNodeDeeds(protocol, 2);
    await protocol.nodeDeed.connect(protocol.accounts.compliance).ban(1, "fraud");
    const banned = read(await protocol.nodeDeed.tokenURI(1));
    expect(banned.traits["Standing"]).to.equal("banned");
    expect(textsOf(banned.svg)).to.include("BANNED");
    expect(textsOf(read(await protocol.nodeDeed.tokenURI(2)).svg)).to.not.include("BANNED");
  });

  it("shows Master and Genesis deeds with their own allocations, fully mined too", async () => {
    const protocol = await loadProtocol();
    const owner = protocol.accounts.others[0]!;
    await approve(protocol, owner);
    await protocol.masterDeed.issue(owner, parseEther("1234.5678919"));
    await protocol.genesisDeed.issue(owner);
    const master = read(await protocol.masterDeed.tokenURI(1));
    expect(master.traits).to.include({ Class: "Master Node Deed", "Residual R1": "1234.567891" });
    expect(textsOf(master.svg)).to.include("Master Node Deed");

    await associate(protocol, deedId(KIND.genesis, 1n), owner);
    await protocol.genesisDeed.connect(await actAs(protocol.rewards)).recordClaim(1, 255 * 365, 400);
    const genesis = read(await protocol.genesisDeed.tokenURI(1));
    expect(genesis.traits).to.include({
      Class: "Genesis Node Deed",
      "Mined R1": "46761182.022000",
      "Residual R1": "0.000000",
    });
    expect(textsOf(genesis.svg)).to.include("Genesis Node Deed");
  });
});
